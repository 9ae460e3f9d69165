/* What gnuplot is given to draw: a table of data and a script for each chart.
 */
#ifndef IOMODELS_CHART_H
#define IOMODELS_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include "results/summary.h"
#include "results/figures.h"
#include "common/text.h"

struct plot_options {
    const char *output;  /* folder; made when absent */
    const char *gnuplot; /* as plot_find_gnuplot gave it */
    bool png, svg;
};

extern const char chart_book_name[];

/* The groups of one line of a chart follow each other: the end of the line
 * that begins with the group `first`. */
size_t chart_line_end(const struct record_set *set, size_t first);
char *chart_line_label(const struct record_group *group); /* to free */

/* The numbers of connections of all groups, ascending; to free. */
double *chart_tiers(const struct record_set *set, size_t *count);

/* The figure of a group's valid (invalid) runs. */
struct summary chart_value(const struct figure *measure,
                           const struct record_group *group, bool valid);

/* Whether any run has the figure. */
bool chart_known(const struct figure *measure, const struct record_set *set);

/* NAME.dat and NAME.gp; nothing is added when no record has the figure, or
 * the records are not the book's. */
void chart_write(const struct figure *measure, const struct record_set *set,
                 const struct plot_options *options, struct text *data,
                 struct text *script);
void chart_write_book(const struct record_set *set,
                      const struct plot_options *options, struct text *data,
                      struct text *script);

/* The lines that begin every script. */
void chart_head(struct text *out, const char *name,
                const struct record_set *set,
                const struct plot_options *options);

/* "name = 'value'", as gnuplot reads it. */
void chart_set(struct text *out, const char *name, const char *value);

#endif
