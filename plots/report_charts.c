/* The charts in the page, and the figures of each as a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "plots/plot.h"
#include "plots/report.h"
#include "results/book.h"

/* --- the drawing --------------------------------------------------------- */

/* The length of what stands before the name of an element; 0: none here. */
static size_t report_svg_name(const char *at)
{
    static const char *const before[] = {"id=\"",   "id='",  "href=\"#",
                                         "href='#", "url(#", "url('#"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strncmp(at, before[i], strlen(before[i])) == 0)
            return strlen(before[i]);
    return 0;
}

bool report_svg(struct text *out, const char *svg, const char *name,
                const char *title, const char *description)
{
    const char *open = strstr(svg, "<svg");
    const char *inside = open != NULL ? strchr(open, '>') : NULL;
    const char *at = inside != NULL ? strstr(inside, "</desc>") : NULL;
    const char *end = at != NULL ? strstr(at, "</svg>") : NULL;
    if (end == NULL || strstr(svg, "<script") != NULL)
        return false;
    text_add_bytes(out, open, (size_t)(inside - open));
    text_add(out,
             " role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n"
             "<title id=\"%s-title\">",
             name, name, name);
    html_text(out, title);
    text_add(out, "</title>\n<desc id=\"%s-desc\">", name);
    html_text(out, description);
    text_add(out, "</desc>\n");
    for (at += strlen("</desc>"); at < end;) {
        size_t length = report_svg_name(at);
        text_add_bytes(out, at, length > 0 ? length : 1);
        if (length > 0)
            text_add(out, "%s-", name);
        at += length > 0 ? length : 1;
    }
    text_add(out, "</svg>\n");
    return true;
}

/* --- its figures --------------------------------------------------------- */

static char *report_cell(const struct figure *measure,
                         const struct record_group *group)
{
    bool valid = group_valid(group) > 0;
    struct summary value = chart_value(measure, group, valid);
    struct text cell = {0};
    if (value.count == 0)
        return text_copy("n/a");
    report_number(&cell, value.median);
    if (value.low < value.high) {
        text_add(&cell, " (");
        report_number(&cell, value.low);
        text_add(&cell, "..");
        report_number(&cell, value.high);
        text_add(&cell, ")");
    }
    text_add(&cell, "%s", valid ? "" : " (not valid)");
    return text_take(&cell);
}

static void report_figures(struct text *out, const struct figure *measure,
                           const struct record_set *set)
{
    size_t count, end;
    double *tiers = chart_tiers(set, &count);
    char *caption =
        text_make("%s (%s)", measure->chart.title, measure->chart.unit);
    struct table table = {.caption = caption};
    char number[40];
    table_column(&table, "model", true);
    for (size_t t = 0; t < count; t++)
        table_column(
            &table,
            number_show_count((uint64_t)tiers[t], number, sizeof number),
            false);
    for (size_t group = 0; group < set->group_count;) {
        end = chart_line_end(set, group);
        table_cell(&table, chart_line_label(&set->groups[group]));
        for (size_t t = 0; t < count; t++)
            if (group < end && set->groups[group].connections <= tiers[t])
                table_cell(&table, report_cell(measure, &set->groups[group++]));
            else
                table_cell(&table, text_copy("not run"));
    }
    text_add(out, "<details><summary>The figures of this chart</summary>\n");
    report_table(out, &table);
    text_add(out, "</details>\n");
    free(caption);
    free(tiers);
}

/* --- one chart ----------------------------------------------------------- */

/* `measure` NULL: the book's. */
static bool report_chart(struct text *out, const struct figure *measure,
                         const struct record_set *set,
                         const struct report_options *options)
{
    const char *name = measure != NULL ? measure->chart.name : chart_book_name;
    const char *title = measure != NULL
                            ? measure->chart.title
                            : "Connections and throughput, here and in the "
                              "book";
    const char *description =
        measure != NULL
            ? "A line for each model against the number of "
              "connections; the table below has its figures."
            : "A pair of bars for each row of the table above, which "
              "has their figures.";
    char *path = text_make("%s/%s.svg", options->charts, name), *svg = NULL;
    char *data = text_make("%s.dat", name);
    char *link = report_link(options->page, options->charts, data);
    size_t size;
    uint32_t code;
    bool good;
    text_add(out,
             "<figure id=\"%s\">\n<h3>%s</h3>\n"
             "<div class=\"chart scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"Chart: %s\">\n",
             name, title, title);
    code = file_read(path, &svg, &size);
    good = code == 0 && report_svg(out, svg, name, title, description);
    if (code != 0)
        file_complain("read the chart", path, code);
    else if (!good)
        complain("%s is not a chart as gnuplot writes them; use another "
                 "gnuplot with --gnuplot",
                 path);
    text_add(out, "</div>\n<figcaption><a href=\"#columns\">What it means"
                  "</a>");
    if (link != NULL) {
        text_add(out, "; <a href=\"");
        html_href(out, link);
        text_add(out, "\">its data</a>");
    }
    text_add(out, "</figcaption>\n");
    if (measure != NULL)
        report_figures(out, measure, set);
    text_add(out, "</figure>\n");
    free(svg);
    free(path);
    free(data);
    free(link);
    return good;
}

bool report_charts(struct text *out, const struct record_set *set,
                   const struct report_options *options)
{
    bool good = !book_is(set) || report_chart(out, NULL, set, options);
    for (const struct figure *m = figure_chart(1); m != NULL && good;
         m = figure_chart(m->chart.place + 1))
        if (chart_known(m, set))
            good = report_chart(out, m, set, options);
    if (!plot_any(set))
        text_add(out, "<p>There is no chart: no run came to its measured "
                      "window. The runs below say why.</p>\n");
    return good;
}
