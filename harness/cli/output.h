/* A file that an option names: --output, --json. Each says in one line on
 * standard error why not, and returns false. */
#ifndef IOMODELS_OUTPUT_H
#define IOMODELS_OUTPUT_H

#include <stdbool.h>

/* Whether it may be written, before the work: not over a folder, a record or
 * a plan. */
bool output_may(const char *option, const char *path);

/* Asks output_may, makes the folders above it, and writes. */
bool output_write(const char *option, const char *path, const char *text);

#endif
