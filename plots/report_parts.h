/* Between the files of the report. */
#ifndef IOMODELS_REPORT_PARTS_H
#define IOMODELS_REPORT_PARTS_H

#include <stdbool.h>
#include "plots/report.h"
#include "results/table_format.h"
#include "common/text.h"

/* Adds the table, which is empty then. */
void report_table(struct text *out, struct table *table);

/* "12,345", "1,234", "12.35". */
void report_number(struct text *out, double value);

/* The path of a file in the folder as seen from the page, to free; NULL where
 * there is no relative way, as between drives. */
char *report_link(const char *page, const char *folder, const char *name);

/* How to get to `folder` from the folder of the file `page`: "../records/", ""
 * for the same; NULL when there is no relative way. To free. */
char *report_way(const char *page, const char *folder);

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
