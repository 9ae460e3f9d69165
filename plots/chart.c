/* The charts of one figure each: a line a model, the number of connections
 * across. */
#include "plots/plot.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "plot_pieces.h"
#include "results/book.h"
#include "results/fields.h"
#include "results/stats.h"
#include "results/table_format.h"

const struct figure chart_book = {
    .chart = {.name = "book",
              .title = "Connections and throughput, here and in the book"}};

/* --- lines, tiers and values --------------------------------------------- */

size_t chart_line_end(const struct record_set *set, size_t first)
{
    const struct record_group *line = &set->groups[first];
    size_t end = first;
    while (end < set->group_count &&
           strcmp(set->groups[end].model, line->model) == 0 &&
           strcmp(set->groups[end].setting, line->setting) == 0)
        end++;
    return end;
}

char *chart_line_label(const struct record_group *group)
{
    return text_make("%s%s%s", group->model, group->label[0] != '\0' ? " " : "",
                     group->label);
}

double *chart_tiers(const struct record_set *set, size_t *count)
{
    double *tiers = calloc_or_die(set->group_count + 1, sizeof *tiers);
    for (size_t i = 0; i < set->group_count; i++)
        tiers[i] = set->groups[i].connections;
    qsort(tiers, set->group_count, sizeof *tiers, stats_compare);
    *count = 0;
    for (size_t i = 0; i < set->group_count; i++)
        if (*count == 0 || tiers[i] > tiers[*count - 1])
            tiers[(*count)++] = tiers[i];
    return tiers;
}

struct summary chart_value(const struct figure *measure,
                           const struct record_group *group, bool valid)
{
    return summary_of_runs(group, valid, measure->pointer,
                           measure->chart.share
                               ? measure->chart.factor / group->connections
                               : measure->chart.factor);
}

bool chart_known(const struct figure *measure, const struct record_set *set)
{
    return measure == &chart_book ? book_is(set)
                                  : records_have(set, measure->pointer);
}

/* --- data ---------------------------------------------------------------- */

static void chart_rows(struct text *out, const struct figure *measure,
                       const struct record_set *set)
{
    size_t end = 0, line = 0;
    text_add(out,
             "# %s of the records, times %.9g%s\n"
             "# series connections value low high runs valid disturbed\n",
             measure->pointer, measure->chart.factor,
             measure->chart.share ? " / connections" : "");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        if (i == end) {
            end = chart_line_end(set, i);
            line++;
        }
        for (int valid = 1; valid >= 0; valid--) {
            struct summary found = chart_value(measure, group, valid != 0);
            if (found.count > 0)
                text_add(out, "%zu %.0f %.9g %.9g %.9g %zu %d %d\n", line,
                         group->connections, found.median, found.low,
                         found.high, found.count, valid,
                         valid && group_disturbed(group) > 0);
        }
    }
}

enum { CHART_STYLES = 64 }; /* of lines.gp */

/* --- script -------------------------------------------------------------- */

/* A string as gnuplot reads it, and the end of its line. */
static void chart_quote(struct text *out, const char *value)
{
    text_add(out, "'");
    for (; *value != '\0'; value++)
        text_add(out, *value == '\'' ? "''" : "%c",
                 *value == '\n' ? ' ' : *value);
    text_add(out, "'\n");
}

void chart_set(struct text *out, const char *name, const char *value)
{
    text_add(out, "%s = ", name);
    chart_quote(out, value);
}

static void chart_head(struct text *out, const struct figure *measure,
                       const struct record_set *set,
                       const struct plot_options *options)
{
    char *machine = records_machines(set), *wine = records_wine(set);
    text_add(out,
             "# Made by 'iomodels plot' from records. To draw it again, in "
             "this folder: gnuplot %s.gp\nreset\n",
             measure->chart.name);
    chart_set(out, "figure", measure->chart.name);
    chart_set(out, "title", measure->chart.title);
    chart_set(out, "machine", machine);
    chart_set(out, "warning", wine != NULL ? wine : "");
    text_add(out, "png = %d\nsvg = %d\n", options->png, options->svg);
    free(machine);
    free(wine);
}

static void chart_subtitle(struct text *out, const struct record_set *set)
{
    double message = 0, seconds = 0;
    struct text line = {0};
    record_number(set->records[0], "/asked/message_bytes", &message);
    record_number(set->records[0], "/asked/duration_s", &seconds);
    if (set->settings) {
        text_add(&line, "settings as in the legend");
    } else {
        text_add(&line, "%s, messages of ",
                 record_text(set->records[0], "/asked/pattern"));
        table_number(&line, message, 0);
        text_add(&line, " bytes, %.3g s measured", seconds);
    }
    chart_set(out, "subtitle", line.data);
    free(line.data);
}

/* A model has its own style, whichever others are drawn beside it; lines that
 * differ by more than the model are numbered. */
static size_t chart_style(const struct record_group *group, size_t line)
{
    size_t place = records_place(group->model);
    if (group->label[0] == '\0' && place < records_place(""))
        return place + 1;
    return (line - 1) % CHART_STYLES + 1;
}

static void chart_legend(struct text *out, const struct record_set *set)
{
    size_t lines = 0;
    text_add(out, "array labels[%zu]\narray styles[%zu]\n", set->group_count,
             set->group_count);
    for (size_t i = 0; i < set->group_count; i = chart_line_end(set, i)) {
        const struct record_group *group = &set->groups[i];
        char *label = chart_line_label(group);
        lines++;
        text_add(out, "styles[%zu] = %zu\nlabels[%zu] = ", lines,
                 chart_style(group, lines), lines);
        chart_quote(out, label);
        free(label);
    }
    text_add(out, "series = %zu\n", lines);
}

static void chart_x_axis(struct text *out, const struct record_set *set)
{
    const double alone = 50; /* the ratio to a next tier that is not there */
    size_t count;
    double *tiers = chart_tiers(set, &count), closest = alone;
    text_add(out, "set xtics (");
    for (size_t i = 0; i < count; i++) {
        text_add(out, "%s'", i > 0 ? ", " : "");
        table_number(out, tiers[i], 0);
        text_add(out, "' %.0f", tiers[i]);
        if (i > 0 && tiers[i] / tiers[i - 1] < closest)
            closest = tiers[i] / tiers[i - 1];
    }
    text_add(out, ")\nclosest = %.6f\n", closest);
    free(tiers);
}

/* --- the book's: a pair of bars, here and in the book, for each row ----------
 */

/* Ours, then the book's and whether that is corroborated. */
static void chart_book_pair(struct text *out, const struct book_row *row,
                            enum book_column column, double ours, double theirs)
{
    struct summary found = book_figure(row, column);
    struct book_value printed = book_printed(row, column);
    if (found.count > 0)
        text_add(out, " %.9g", found.median * ours);
    else
        text_add(out, " NaN");
    if (printed.known)
        text_add(out, " %.9g %d", printed.low * theirs,
                 printed.mark[0] == '\0');
    else
        text_add(out, " NaN 0");
}

/* What would end the quotes or the line is left out. Where the book attempted
 * another number of connections, the label says so. */
static char *chart_book_label(const struct book_row *row, double scale)
{
    struct book_value attempted = book_printed(row, BOOK_ATTEMPTED);
    struct text out = {0};
    for (const char *c = row->model; *c != '\0'; c++)
        if (*c != '"' && *c != '\\' && (unsigned char)*c >= ' ')
            text_add_bytes(&out, c, 1);
    text_add(&out, " ");
    table_number(&out, row->tier, 0);
    if (attempted.known && attempted.low != row->tier * scale) {
        text_add(&out, " (book ");
        table_number(&out, attempted.low, 0);
        text_add(&out, ")");
    }
    return text_take(&out);
}

/* How a bar is drawn: 0: not valid, or skipped; 1: valid; 2: disturbed. */
static int chart_book_state(const struct book_row *row)
{
    if (row->group == NULL || group_valid(row->group) == 0)
        return 0;
    return group_disturbed(row->group) > 0 ? 2 : 1;
}

static void chart_book_row(struct text *out, const struct book_row *row,
                           double place, const char *label)
{
    struct book_value value = book_printed(row, BOOK_ATTEMPTED);
    double attempted = value.known ? value.low : 1;
    text_add(out, "%.2f", place);
    chart_book_pair(out, row, BOOK_CONNECTED, 100 / row->tier, 100 / attempted);
    chart_book_pair(out, row, BOOK_SEND, 1e-6, 1e-6);
    text_add(out, " %d %d \"%s\"\n", row->group == NULL, chart_book_state(row),
             label);
}

static void chart_write_book(const struct record_set *set,
                             const struct plot_options *options,
                             struct text *data, struct text *script)
{
    const double apart = 1.6; /* a gap between models */
    struct book book;
    double place = 0;
    book_open(&book, set);
    text_add(data, "# place connected%% book corroborated MB/s book "
                   "corroborated skipped state label\n");
    for (size_t i = 0; i < book.count; i++) {
        const struct book_row *row = &book.row[i];
        char *label = chart_book_label(row, book.scale);
        bool same = i == 0 || strcmp(row[-1].model, row->model) == 0;
        place += same ? 1 : apart;
        chart_book_row(data, row, place, label);
        free(label);
    }
    chart_head(script, &chart_book, set, options);
    chart_set(script, "subtitle",
              "attempts of each tier; bytes by the server's own counters, at "
              "the rate that the table states");
    text_add(script, "quick = %d\n\n%s\n%s", book.scale != 1, common_gp,
             book_gp);
    book_close(&book);
}

/* --- any ------------------------------------------------------------------ */

void chart_write(const struct figure *measure, const struct record_set *set,
                 const struct plot_options *options, struct text *data,
                 struct text *script)
{
    if (!chart_known(measure, set))
        return;
    if (measure == &chart_book) {
        chart_write_book(set, options, data, script);
        return;
    }
    chart_rows(data, measure, set);
    chart_head(script, measure, set, options);
    chart_set(script, "unit", measure->chart.unit);
    chart_set(script, "scale", measure->chart.axis);
    chart_subtitle(script, set);
    chart_set(script, "spread", SUMMARY_SPREAD);
    text_add(script, "invalid = %zu\ndisturbed = %zu\n",
             set->count -
                 records_which(set->records, set->count, record_is_valid),
             records_which(set->records, set->count, record_is_disturbed));
    chart_legend(script, set);
    chart_x_axis(script, set);
    text_add(script, "\n%s\n%s", common_gp, lines_gp);
}
