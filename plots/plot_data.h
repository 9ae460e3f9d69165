/* Between plot.c, which runs gnuplot, and plot_data.c, which writes what it
 * draws. */
#ifndef IOMODELS_PLOT_DATA_H
#define IOMODELS_PLOT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include "plots/plot.h"
#include "results/text.h"

struct plot_figure {
    const char *name, *script; /* the file's; gnuplot text that is its own */
    const char *pointer;       /* into a record */
    double scale;              /* from the record's unit to the axis's */
    bool share;                /* of the connections attempted */
    bool log;                  /* if the values differ so much */
};
extern const struct plot_figure plot_figures[]; /* ends with a NULL name */

/* NAME.dat and NAME.gp, to free; *data is NULL when no record knows it. */
void plot_data(const struct record_set *set, const struct plot_figure *figure,
               const struct plot_options *options, char **data, char **script);

/* name = 'value', as gnuplot reads it. */
void plot_set(struct text *out, const char *name, const char *value);

#endif
