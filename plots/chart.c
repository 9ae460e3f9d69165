/* The charts of one figure each: a line a model, the number of connections
 * across. */
#include "plots/plot.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "plot_pieces.h"
#include "results/book.h"
#include "results/curve.h"
#include "results/fields.h"
#include "results/stats.h"
#include "results/table_format.h"

const struct figure chart_book = {
    .chart = {.name = "book",
              .title = "What tells the models apart, here and in the book"}};

const struct figure chart_curve = {
    .chart = {.name = "curve", .title = "Latency and CPU against load"}};

const struct figure *chart_after(const struct figure *chart)
{
    return chart == NULL           ? &chart_curve
           : chart == &chart_curve ? &chart_book
                                   : figure_chart(chart->chart.place + 1);
}

/* --- lines, tiers and values --------------------------------------------- */

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

/* A book's folder with runs of both kinds has twice the lines that can be told
 * apart: its own chart has what differs. */
static bool chart_is_of_both(const struct record_set *set)
{
    bool flat = false;
    for (size_t i = 0; i < set->group_count && records_are_of(set, "book"); i++)
        flat = flat || book_is_flat(&set->groups[i]);
    return flat;
}

bool chart_known(const struct figure *measure, const struct record_set *set)
{
    return records_are_of(set, "curve") ? measure == &chart_curve
           : measure == &chart_curve    ? false
           : measure == &chart_book
               ? records_are_of(set, "book")
               : records_have(set, measure->pointer) && !chart_is_of_both(set);
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
            end = records_line_end(set, i);
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

void chart_head(struct text *out, const char *made_by, const char *name,
                const char *title, const struct record_set *set,
                const struct plot_options *options)
{
    char *machine = records_machines(set), *wine = records_wine(set);
    text_add(out,
             "# Made by %s. To draw it again, in this folder: gnuplot %s.gp\n"
             "reset\n",
             made_by, name);
    chart_set(out, "figure", name);
    chart_set(out, "title", title);
    chart_set(out, "machine", machine);
    chart_set(out, "warning", wine != NULL ? wine : "");
    text_add(out, "png = %d\nsvg = %d\n", options->png, options->svg);
    free(machine);
    free(wine);
}

static void chart_begin(struct text *out, const struct figure *measure,
                        const struct record_set *set,
                        const struct plot_options *options)
{
    chart_head(out, "'iomodels plot' from records", measure->chart.name,
               measure->chart.title, set, options);
}

static void chart_subtitle(struct text *out, const struct record_set *set)
{
    const cJSON *record = set->records[0];
    char *line = text_make(
        "%s, messages of %s bytes, %.3g s measured",
        record_text(record, "/asked/pattern"),
        NUMBER_SHOWN(record_number_or(record, "/asked/message_bytes", 0)),
        record_number_or(record, "/asked/duration_s", 0));
    chart_set(out, "subtitle",
              set->settings ? "settings as in the legend" : line);
    free(line);
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

static void chart_series(struct text *out, size_t line, size_t style,
                         const char *label)
{
    text_add(out, "styles[%zu] = %zu\nlabels[%zu] = ", line, style, line);
    chart_quote(out, label);
}

static void chart_legend(struct text *out, const struct record_set *set)
{
    size_t lines = 0;
    text_add(out, "array labels[%zu]\narray styles[%zu]\n", set->group_count,
             set->group_count);
    for (size_t i = 0; i < set->group_count; i = records_line_end(set, i)) {
        const struct record_group *group = &set->groups[i];
        char *label = chart_line_label(group);
        lines++;
        chart_series(out, lines, chart_style(group, lines), label);
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
        text_add(out, "%s'%s' %.0f", i > 0 ? ", " : "", NUMBER_SHOWN(tiers[i]),
                 tiers[i]);
        if (i > 0 && tiers[i] / tiers[i - 1] < closest)
            closest = tiers[i] / tiers[i - 1];
    }
    text_add(out, ")\nclosest = %.6f\n", closest);
    free(tiers);
}

/* --- the book's: a pair of bars, here and in the book, for each row ----------
 */

/* How it is drawn: 0: not valid; 1: valid; 2: disturbed. */
static int chart_state(const struct record_group *group, bool valid)
{
    return !valid ? 0 : group_disturbed(group) > 0 ? 2 : 1;
}

/* Ours and its interval and state, then the book's, its range and whether that
 * is corroborated. */
static void chart_book_pair(struct text *out, const struct record_group *group,
                            struct summary found, double ours,
                            struct book_value printed, double theirs)
{
    if (found.count > 0)
        text_add(out, " %.9g %.9g %.9g %d", found.median * ours,
                 found.low * ours, found.high * ours,
                 chart_state(group, group_valid(group) > 0));
    else
        text_add(out, " NaN NaN NaN -1");
    if (printed.known)
        text_add(out, " %.9g %.9g %.9g %d",
                 (printed.low + printed.high) / 2 * theirs,
                 printed.low * theirs, printed.high * theirs,
                 printed.mark[0] == '\0');
    else
        text_add(out, " NaN NaN NaN 0");
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
    text_add(&out, " %s", NUMBER_SHOWN(row->tier));
    if (attempted.known && attempted.low != row->tier * scale)
        text_add(&out, " (book %s)", NUMBER_SHOWN(attempted.low));
    return text_take(&out);
}

static void chart_book_row(struct text *out, const struct book *book,
                           const struct book_row *row, double place,
                           const char *label)
{
    const struct book_value none = {0};
    const struct summary unknown = {0};
    struct book_value value = book_printed(row, BOOK_ATTEMPTED);
    double attempted = value.known ? value.low : 1;
    const struct record_group *fast = book_fastest(book, row);
    const struct record_group *any =
        row->limited != NULL ? row->limited : row->flat;
    text_add(out, "%.2f %d \"%s\"", place, any == NULL, label);
    chart_book_pair(out, any, book_figure(any, BOOK_CONNECTED), 100 / row->tier,
                    book_printed(row, BOOK_CONNECTED), 100 / attempted);
    chart_book_pair(out, fast, book_figure(fast, BOOK_SEND), 1e-6,
                    book_printed(row, BOOK_SEND), 1e-6);
    chart_book_pair(out, row->limited, book_figure(row->limited, BOOK_CPU), 1,
                    book_printed(row, BOOK_CPU), 1);
    chart_book_pair(out, fast, fast != NULL ? book_pool(fast) : unknown, 1,
                    none, 1);
    text_add(out, "\n");
}

/* The rate that all limited runs had, or the first of them. */
static double chart_book_rate(const struct book *book)
{
    double rate = 0;
    for (size_t i = 0; i < book->count && rate == 0; i++)
        if (book->row[i].limited != NULL)
            rate = record_number_or(book->row[i].limited->records[0],
                                    "/asked/rate_bytes_per_s", 0);
    return rate;
}

static void chart_write_book(const struct record_set *set,
                             const struct plot_options *options,
                             struct text *data, struct text *script)
{
    const double apart = 1.6; /* a gap between models */
    const bool wine = records_have(set, "/pool/host_tcp_memory/end_bytes");
    const char *when;
    struct text equal = {0};
    struct book book;
    double place = 0;
    book_open(&book, set);
    when = book.flat ? "flat out" : "at the limit";
    text_add(data, "# place skipped label, then connected %%, MB/s, CPU %% and "
                   "pool KiB a connection,\n# each: here low high state, book "
                   "low high corroborated\n");
    for (size_t i = 0; i < book.count; i++) {
        const struct book_row *row = &book.row[i];
        char *label = chart_book_label(row, book.scale);
        bool same = i == 0 || strcmp(row[-1].model, row->model) == 0;
        place += same ? 1 : apart;
        chart_book_row(data, &book, row, place, label);
        free(label);
    }
    chart_begin(script, &chart_book, set, options);
    text_add(&equal, "CPU at the same ");
    table_number(&equal, chart_book_rate(&book) / 1e6, 1);
    text_add(&equal, " MB/s,\\n%% of one processor");
    chart_set(script, "subtitle",
              "share of the attempts; bytes by the server's own counters, "
              "medians and their intervals");
    text_add(script,
             "quick = %d\narray panels[4] = [\"connected,\\n%% of the "
             "attempts\", \\\n \"sent %s,\\nMB/s (10^6)\", \\\n \"%s\", "
             "\\\n \"%s %s,\\nKiB a connection\"]\n\n%s\n%s",
             book.scale != 1, when, equal.data,
             wine ? "Linux TCP memory" : "non-paged pool", when, common_gp,
             book_gp);
    free(equal.data);
    book_close(&book);
}

/* --- a curve: latency and CPU of each model against what it answered --------
 */

/* Returns whether the server was behind. */
static bool chart_curve_row(struct text *out, size_t line,
                            const struct curve_point *point,
                            const struct record_group *group)
{
    struct summary p50 =
        summary_of(group, "/latency_us/from_intended/p50", 1e-3);
    struct summary cpu = curve_cpu(group);
    bool behind = curve_behind(point);
    text_add(out, "%zu %.9g %.9g %.9g", line, point->achieved,
             point->latency_us / 1000, p50.median);
    if (cpu.count > 0)
        text_add(out, " %.9g", cpu.median);
    else
        text_add(out, " NaN");
    text_add(out, " %d %d\n", chart_state(group, !point->failed), behind);
    return behind;
}

static void chart_write_curve(const struct record_set *set,
                              const struct plot_options *options,
                              struct text *data, struct text *script)
{
    struct curve curve;
    size_t lines = 0;
    bool behind = false;
    struct text legend = {0};
    curve_open(&curve, set);
    char *quantile = curve_quantile(&curve);
    text_add(data, "# series messages/s %s(ms) p50(ms) CPU%% state behind\n",
             quantile);
    for (size_t i = 0; i < curve.count; i++) {
        const struct curve_line *line = &curve.line[i];
        bool drawn = false;
        for (size_t k = 0; k < line->count; k++) {
            const struct curve_point *point = &line->point[k];
            if (point->offered <= 0 || point->latency_us <= 0)
                continue;
            lines += !drawn;
            drawn = true;
            behind =
                chart_curve_row(data, lines, point, line->group[k]) || behind;
        }
        if (drawn)
            chart_series(&legend, lines, chart_style(line->group[0], lines),
                         line->model);
    }
    char *subtitle = text_make(
        "%s connections, messages of %s bytes at random times; latency from "
        "the time at which each was due",
        NUMBER_SHOWN(set->groups[0].connections),
        NUMBER_SHOWN(
            record_number_or(set->records[0], "/asked/message_bytes", 0)));
    chart_begin(script, &chart_curve, set, options);
    chart_set(script, "subtitle", subtitle);
    chart_set(script, "quantile", quantile);
    text_add(script,
             "bound = %.9g\nbehind = %d\narray labels[%zu]\n"
             "array styles[%zu]\n%sseries = %zu\n\n%s\n%s\n%s",
             curve.bound_us / 1000, behind, curve.count, curve.count,
             legend.data, lines, common_gp, styles_gp, curve_gp);
    if (lines == 0) { /* no run came to its window */
        free(text_take(data));
        free(text_take(script));
    }
    free(subtitle);
    free(legend.data);
    free(quantile);
    curve_close(&curve);
}

/* --- any ------------------------------------------------------------------ */

void chart_write(const struct figure *measure, const struct record_set *set,
                 const struct plot_options *options, struct text *data,
                 struct text *script)
{
    if (!chart_known(measure, set))
        return;
    if (measure == &chart_curve || measure == &chart_book) {
        (measure == &chart_curve ? chart_write_curve : chart_write_book)(
            set, options, data, script);
        return;
    }
    chart_rows(data, measure, set);
    chart_begin(script, measure, set, options);
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
    text_add(script, "\n%s\n%s\n%s", common_gp, styles_gp, lines_gp);
}
