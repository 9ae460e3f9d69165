/* One self-contained page of a folder's records: HTML that needs no network,
 * no script and no file beside it. */
#ifndef IOMODELS_REPORT_H
#define IOMODELS_REPORT_H

#include <stdbool.h>
#include "common/text.h"
#include "results/record_set.h"
#include "results/table_format.h"

struct report_options {
    const char *page;    /* the file that the page goes to */
    const char *records; /* folder */
    const char *charts;  /* folder with the NAME.svg of plot_draw */
    const char *version; /* of the suite */
};

/* The page, to free; NULL after one line to standard error: a chart cannot be
 * read. */
char *report_make(const struct record_set *set,
                  const struct report_options *options);

/* --- between the files of the report ------------------------------------- */

/* Adds the table, which is empty then. */
void report_table(struct text *out, struct table *table);

/* "12,345", "1,234", "12.35". */
void report_number(struct text *out, double value);

/* The path of `name` in the folder as seen from the page: "../records/NAME";
 * to free. NULL where there is no relative way, as between drives. */
char *report_link(const char *page, const char *folder, const char *name);

/* Every chart of the folder with its figures. False after one line to standard
 * error: a chart cannot be read. */
bool report_charts(struct text *out, const struct record_set *set,
                   const struct report_options *options);

/* An SVG file's drawing, to stand within a page beside others: its names begin
 * with `name`, and a title and a description stand for gnuplot's. False: it is
 * not what gnuplot writes. */
bool report_svg(struct text *out, const char *svg, const char *name,
                const char *title, const char *description);

#endif
