/* What our children write to standard error, read back. */
#ifndef IOMODELS_FAULTS_CAPTURE_H
#define IOMODELS_FAULTS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/* From here on our standard error and that of children started later goes to
 * a temporary file. False when none could be made. */
bool capture_begin(void);

/* What was written since the last call, as one text of at most size - 1. */
char *capture_take(char *text, size_t size);

#endif
