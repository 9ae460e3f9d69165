/* Charts from records, drawn by gnuplot. */
#ifndef IOMODELS_PLOT_H
#define IOMODELS_PLOT_H

#include <stdbool.h>
#include "plots/chart.h"
#include "results/record_set.h"

/* The program `requested` (a path or a name), or gnuplot where it is usually
 * found when NULL. Returns its path, to free, or NULL after one line to
 * standard error that says how to get it (exit 2). */
char *plot_find_gnuplot(const char *requested);

/* Whether there is anything to draw: some run came to its window. */
bool plot_any(const struct record_set *set);

/* Writes NAME.dat and NAME.gp for each figure into the output folder, and has
 * gnuplot draw NAME.png and NAME.svg. Prints nothing when all went well.
 * False after one line to standard error (exit 2). */
bool plot_draw(const struct record_set *set,
               const struct plot_options *options);

#endif
