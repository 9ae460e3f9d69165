/* Charts from records, drawn by gnuplot. */
#ifndef IOMODELS_PLOT_H
#define IOMODELS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include "common/text.h"
#include "results/figures.h"
#include "results/record_set.h"
#include "results/summary.h"

struct plot_options {
    const char *output;  /* folder; made when absent */
    const char *gnuplot; /* as plot_find_gnuplot gave it */
    bool png, svg;
};

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

/* Makes the output folder. False after one line to standard error. */
bool plot_folder(const struct plot_options *options);

/* A chart's data and script, if there are any; then gnuplot, for all of them.
 * False after one line to standard error. */
bool plot_write(const struct plot_options *options, const char *name,
                const struct text *data, const struct text *script);
bool plot_run(const struct plot_options *options, const struct words *charts);

/* --- one chart: the table of its data and its script --------------------- */

/* Of a curve and the book's; the other members are not set. */
extern const struct figure chart_curve, chart_book;

/* The chart after this one, of all that there may be; NULL: the first, and
 * after the last one. */
const struct figure *chart_after(const struct figure *chart);

/* Of the line of a chart that a group is in; to free. */
char *chart_line_label(const struct record_group *group);

/* The numbers of connections of all groups, ascending; to free. */
double *chart_tiers(const struct record_set *set, size_t *count);

/* The figure of a group's valid (invalid) runs. */
struct summary chart_value(const struct figure *measure,
                           const struct record_group *group, bool valid);

/* Whether any run has the figure; of the book's chart: whether the records are
 * a book's. */
bool chart_known(const struct figure *measure, const struct record_set *set);

/* NAME.dat and NAME.gp; nothing is added when the figure is not known. */
void chart_write(const struct figure *measure, const struct record_set *set,
                 const struct plot_options *options, struct text *data,
                 struct text *script);

/* The beginning of a script: the command that made it, and what its names
 * `figure`, `title`, `machine`, `warning`, `png` and `svg` stand for. */
void chart_head(struct text *out, const char *made_by, const char *name,
                const char *title, const struct record_set *set,
                const struct plot_options *options);

/* "name = 'value'", as gnuplot reads it. */
void chart_set(struct text *out, const char *name, const char *value);

/* --- one page of a folder's records: HTML that needs no file beside it ---- */

struct report_options {
    const char *page;    /* the file that the page goes to */
    const char *records; /* folder */
    const char *charts;  /* folder with the NAME.svg of plot_draw */
    const char *version; /* of the suite */
};

/* A template, whose {{names}} `fill` replaces (but for version, css and sort,
 * which every page has), to free; NULL where it returned false, after one line
 * to standard error. */
char *page_make(const char *html, const struct record_set *set,
                const struct report_options *options,
                bool (*fill)(struct text *out, const char *name,
                             const struct record_set *set,
                             const struct report_options *options));

/* The page, to free; NULL after one line to standard error: a chart cannot be
 * read. */
char *report_make(const struct record_set *set,
                  const struct report_options *options);

/* The path of `name` in the folder as seen from the page: "../records/NAME";
 * to free. NULL where there is no relative way, as between drives. */
char *report_link(const char *page, const char *folder, const char *name);

/* Adds a text of its own to the page, and frees it. */
void page_add(struct text *out, char *text);

/* What a reader needs first: that the set was measured under Wine, if it was.
 */
void page_wine(struct text *out, const struct record_set *set);

/* Adds the drawing of NAME.svg, in a region called `label`. False after one
 * line to standard error: it cannot be read. */
bool page_chart(struct text *out, const struct report_options *options,
                const char *name, const char *label, const char *title,
                const char *description);

/* An SVG file's drawing, to stand within a page beside others: its names begin
 * with `name`, and a title and a description stand for gnuplot's. False: it is
 * not what gnuplot writes. */
bool report_svg(struct text *out, const char *svg, const char *name,
                const char *title, const char *description);

#endif
