/* The charts in the page, and the figures of each as a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "common/number.h"
#include "plots/chart.h"
#include "plots/report_parts.h"
#include "results/book.h"
#include "results/html.h"

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

static void report_cell(struct text *out, const struct measure *measure,
                        const struct record_group *group)
{
    bool valid = group_valid(group) > 0;
    struct figure value = chart_value(measure, group, valid);

    text_add(out, "<td>");
    if (value.count == 0)
        text_add(out, "n/a");
    else
        report_number(out, value.median);
    if (value.low < value.high) {
        text_add(out, " <small>");
        report_number(out, value.low);
        text_add(out, "..");
        report_number(out, value.high);
        text_add(out, "</small>");
    }
    text_add(out, "%s</td>", value.count > 0 && !valid ? " (not valid)" : "");
}

static void report_figures(struct text *out, const struct measure *measure,
                           const struct record_set *set)
{
    size_t count, end;
    double *tiers = chart_tiers(set, &count);
    char *caption =
        text_make("%s, %s", measure->chart.title, measure->chart.unit);
    char number[40];

    text_add(out, "<details><summary>The figures of this chart</summary>\n");
    report_table(out, "figures", caption);
    free(caption);
    report_column(out, "model", true);
    for (size_t t = 0; t < count; t++)
        report_column(
            out, number_show_count((uint64_t)tiers[t], number, sizeof number),
            false);
    report_rows(out);
    for (size_t group = 0; group < set->group_count;) {
        char *model = chart_line_label(&set->groups[group]);

        end = chart_line_end(set, group);
        text_add(out, "<tr><th scope=\"row\">");
        html_text(out, model);
        text_add(out, "</th>");
        free(model);
        for (size_t t = 0; t < count; t++)
            if (group < end && set->groups[group].connections <= tiers[t])
                report_cell(out, measure, &set->groups[group++]);
            else
                text_add(out, "<td>not run</td>");
        text_add(out, "</tr>\n");
    }
    report_table_end(out);
    text_add(out, "</details>\n");
    free(tiers);
}

/* --- one chart ----------------------------------------------------------- */

/* `measure` NULL: the book's. */
static bool report_chart(struct text *out, const struct measure *measure,
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
    size_t size;
    uint32_t code;
    bool good;

    text_add(out,
             "<figure id=\"%s\">\n<h3>%s</h3>\n"
             "<div class=\"chart scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"Chart: %s\">\n",
             name, title, title);
    code = fs_read(path, &svg, &size);
    good = code == 0 && report_svg(out, svg, name, title, description);
    if (code != 0)
        fs_complain("read the chart", path, code);
    else if (!good)
        complain("%s is not a chart as gnuplot writes them; use another "
                 "gnuplot with --gnuplot",
                 path);
    text_add(out, "</div>\n<figcaption>What it means is <a href=\"#columns\">"
                  "below</a>; ");
    report_link(out, options->page, options->charts, data, "its data");
    text_add(out, ".</figcaption>\n");
    if (measure != NULL)
        report_figures(out, measure, set);
    text_add(out, "</figure>\n");
    free(svg);
    free(path);
    free(data);
    return good;
}

bool report_charts(struct text *out, const struct record_set *set,
                   const struct report_options *options)
{
    bool good = !book_is(set) || report_chart(out, NULL, set, options);

    for (const struct measure *m = measure_chart(1); m != NULL && good;
         m = measure_chart(m->chart.place + 1))
        if (chart_known(m, set))
            good = report_chart(out, m, set, options);
    if (!plot_any(set))
        text_add(out, "<p>There is no chart: no run came to its measured "
                      "window. The runs below say why.</p>\n");
    return good;
}
