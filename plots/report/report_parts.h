/* The sections of the page, each added to `out`. */
#ifndef IOMODELS_REPORT_PARTS_H
#define IOMODELS_REPORT_PARTS_H

#include <stdbool.h>
#include "plots/plot_data.h"
#include "plots/report/report.h"
#include "results/text.h"

/* False after one line to standard error: a chart cannot be read. */
bool report_figures(struct text *out, const struct record_set *set,
                    const struct report_options *options);

/* Every fact of the machines and every option that was asked for. */
void report_machines(struct text *out, const struct record_set *set);
void report_settings(struct text *out, const struct record_set *set);

/* One row a run: its validity with the reasons, and its file. */
void report_runs(struct text *out, const struct record_set *set,
                 const struct report_options *options);

/* An SVG file's drawing, to stand within a page beside others: its names made
 * its own by `prefix`, with a title and a description instead of gnuplot's.
 * False: not what gnuplot writes. */
struct report_svg {
    const char *prefix, *title, *description;
};
bool report_svg(struct text *out, const char *svg,
                const struct report_svg *words);

#endif
