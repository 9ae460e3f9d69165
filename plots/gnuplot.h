/* Finding and running gnuplot. */
#ifndef IOMODELS_GNUPLOT_H
#define IOMODELS_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

/* The full path of the program, to free, or NULL; `requested` may be NULL. */
char *gnuplot_find(const char *requested);

/* Runs it on script files of the folder, which is its working folder;
 * `scripts` is their names, a blank after each. Adds what it printed, on one
 * line, to `output`, and writes how it ended into how[size]. False unless that
 * is exit code 0. */
bool gnuplot_run(const char *program, const char *folder, const char *scripts,
                 struct text *output, char *how, size_t size);

#endif
