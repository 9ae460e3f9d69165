/* Finding and running gnuplot. */
#ifndef IOMODELS_GNUPLOT_H
#define IOMODELS_GNUPLOT_H

#include <stdbool.h>

enum { GNUPLOT_LIMIT_MS = 120000, GNUPLOT_POLL_MS = 20 };

/* What gnuplot says goes into this file of the folder; removed when all went
 * well. */
#define GNUPLOT_LOG "gnuplot.log"

/* The full path of the program, to free, or NULL; `asked` may be NULL. */
char *gnuplot_find(const char *asked);

/* Runs it on script files of the folder, which is its working folder, one
 * after the other; `scripts` is their names, a blank between. *code is its
 * exit code. False when it could not be started or did not end in time, with
 * one line to standard error. */
bool gnuplot_run(const char *program, const char *folder, const char *scripts,
                 int *code);

#endif
