#include "plots/plot_data.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/number.h"
#include "model_list.h"
#include "plot_scripts.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/text.h"

enum { PLOT_STYLES = 8, PLOT_LINE_WIDTH = 128 };

const struct plot_figure plot_figures[] = {
    {"throughput", throughput_gp, "/throughput/round_trips_per_s", 1, false,
     false},
    {"cpu", cpu_gp, "/cpu/per_round_trip_us/total", 1, false, true},
    {"memory", memory_gp, "/memory/loaded/working_set_bytes",
     1.0 / (1024 * 1024), false, true},
    {"threads", threads_gp, "/threads/max", 1, false, true},
    {"latency_p50", latency_p50_gp, "/latency_us/from_send/p50", 0.001, false,
     true},
    {"latency_p99", latency_p99_gp, "/latency_us/from_send/p99", 0.001, false,
     true},
    {"connected", connected_gp, "/connections/connected", 100, true, false},
    {"pool", pool_gp, "/pool/system_nonpaged/change_bytes", 1.0 / (1024 * 1024),
     false, false},
    {"host_tcp_memory", host_tcp_memory_gp,
     "/pool/host_tcp_memory/change_bytes", 1.0 / (1024 * 1024), false, false},
    {NULL, NULL, NULL, 0, false, false},
};

/* The lines of a figure: one a model, and a setting where several differ. */
struct plot_series {
    size_t count;
    const struct record_group **first; /* the first group of each */
};

static struct plot_series plot_series(const struct record_set *set)
{
    struct plot_series series = {0, NULL};

    series.first = calloc(set->group_count + 1, sizeof(*series.first));
    if (series.first == NULL)
        die("calloc");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        if (i == 0 || strcmp(group->model, group[-1].model) != 0 ||
            strcmp(group->setting, group[-1].setting) != 0)
            series.first[series.count++] = group;
    }
    return series;
}

/* A model has its own style, whichever others are drawn beside it. */
static size_t plot_style(const struct record_group *group, size_t place)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL

    for (size_t i = 0; order[i] != NULL && group->label[0] == '\0'; i++)
        if (strcmp(order[i], group->model) == 0)
            return i % PLOT_STYLES + 1;
    return place % PLOT_STYLES + 1;
}

/* --- tiers --------------------------------------------------------------- */

/* The tier above `last`; 0: there is none. */
static double plot_tier_after(const struct record_set *set, double last)
{
    double next = DBL_MAX;

    for (size_t i = 0; i < set->group_count; i++) {
        double tier = set->groups[i].connections;

        if (tier > last && tier < next)
            next = tier;
    }
    return next < DBL_MAX ? next : 0;
}

/* The smallest ratio of neighbours; DBL_MAX for one tier alone. */
static double plot_tier_ratio(const struct record_set *set)
{
    double ratio = DBL_MAX, tier = plot_tier_after(set, 0);
    double next = plot_tier_after(set, tier);

    while (next > 0) {
        ratio = fmin(ratio, next / tier);
        tier = next;
        next = plot_tier_after(set, tier);
    }
    return ratio;
}

/* How far apart the points of two lines stand sideways, as a factor, so that
 * none hides another: all of a tier within a fifth of the way to the next one,
 * so that each plainly belongs to its own. */
static double plot_step(const struct record_set *set, size_t series)
{
    const double most = 1.055, share = 0.2;
    double step = series > 1
                      ? pow(plot_tier_ratio(set), share / ((double)series - 1))
                      : most;

    return step < most ? step : most;
}

/* --- data ---------------------------------------------------------------- */

struct plot_counts {
    size_t rows, zeros, invalid;
    size_t runs_fewest, runs_most; /* of points of several runs */
};

static void plot_runs(struct plot_counts *counts, size_t runs)
{
    if (runs > 1 && (counts->runs_most == 0 || runs < counts->runs_fewest))
        counts->runs_fewest = runs;
    if (runs > 1 && runs > counts->runs_most)
        counts->runs_most = runs;
}

static void plot_row(struct text *out, const struct plot_figure *figure,
                     const struct record_group *group, size_t series,
                     double apart, bool valid, struct plot_counts *counts)
{
    double scale =
        figure->share ? figure->scale / group->connections : figure->scale;
    struct figure found = figure_of_runs(group, valid, figure->pointer, scale);

    if (found.count == 0)
        return;
    plot_runs(counts, found.count);
    if (figure->log && found.low <= 0) {
        counts->zeros++;
        return;
    }
    counts->rows++;
    text_add(out, "%lu %.0f %.6g %.9g %.9g %.9g %lu %d\n",
             (unsigned long)series, group->connections,
             group->connections * apart, found.median, found.low, found.high,
             (unsigned long)found.count, valid);
}

static struct plot_counts plot_rows(struct text *out,
                                    const struct record_set *set,
                                    const struct plot_series *series,
                                    const struct plot_figure *figure)
{
    const double step = plot_step(set, series->count);
    struct plot_counts counts = {0};
    size_t at = 0;

    text_add(out,
             "# %s of the records, times %.9g%s\n"
             "# series connections x value low high runs valid\n",
             figure->pointer, figure->scale,
             figure->share ? " / connections" : "");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        double place;

        if (at < series->count && series->first[at] == group)
            at++;
        place = (double)at - ((double)series->count + 1) / 2;
        counts.invalid += group->count - group_valid(group);
        plot_row(out, figure, group, at, pow(step, place), true, &counts);
        plot_row(out, figure, group, at, pow(step, place), false, &counts);
    }
    return counts;
}

/* --- script -------------------------------------------------------------- */

/* 'text' as gnuplot reads it without looking inside. */
static void plot_quote(struct text *out, const char *text)
{
    text_add(out, "'");
    for (; *text != '\0'; text++)
        text_add(out, *text == '\'' ? "''" : "%c", *text == '\n' ? ' ' : *text);
    text_add(out, "'");
}

void plot_set(struct text *out, const char *name, const char *value)
{
    text_add(out, "%s = ", name);
    plot_quote(out, value);
    text_add(out, "\n");
}

static void plot_labels(struct text *out, const struct plot_series *series)
{
    text_add(out, "series = %lu\narray labels[%lu]\narray styles[%lu]\n",
             (unsigned long)series->count, (unsigned long)series->count,
             (unsigned long)series->count);
    for (size_t i = 0; i < series->count; i++) {
        const struct record_group *group = series->first[i];
        struct text label = {0};

        text_add(&label, "%s%s%s", group->model,
                 group->label[0] != '\0' ? " " : "", group->label);
        text_add(out, "labels[%lu] = ", (unsigned long)(i + 1));
        plot_quote(out, label.data);
        text_add(out, "\nstyles[%lu] = %lu\n", (unsigned long)(i + 1),
                 (unsigned long)plot_style(group, i));
        free(label.data);
    }
}

/* The tiers, each once, as they were asked for, with as much room beside the
 * first and the last as half the way between two. */
static void plot_tics(struct text *out, const struct record_set *set)
{
    const double least = 1.05, most = 1.5;
    double room = sqrt(plot_tier_ratio(set)), last = 0;
    double lowest = plot_tier_after(set, 0), tier = lowest;
    const char *comma = "";
    char count[40];

    room = fmin(fmax(room, least), most);
    text_add(out, "set xtics (");
    while (tier > 0) {
        number_show_count((uint64_t)tier, count, sizeof count);
        text_add(out, "%s'%s' %.0f", comma, count, tier);
        comma = ", ";
        last = tier;
        tier = plot_tier_after(set, tier);
    }
    text_add(out, ")\nset xrange [%.6g:%.6g]\n", lowest / room, last * room);
}

static char *plot_subtitle(const struct record_set *set,
                           const struct plot_counts *counts)
{
    struct text out = {0};
    const cJSON *record = set->records[0];
    double message = 0, seconds = 0;
    char bytes[40];
    bool settings = false;

    for (size_t i = 0; i < set->group_count; i++)
        settings = settings || set->groups[i].label[0] != '\0';
    if (settings) {
        text_add(&out, "settings as in the legend");
    } else {
        record_number(record, "/asked/message_bytes", &message);
        record_number(record, "/asked/duration_s", &seconds);
        text_add(&out, "%s, messages of %s bytes, %.3g s measured",
                 set->groups[0].pattern,
                 number_show_count((uint64_t)message, bytes, sizeof bytes),
                 seconds);
    }
    if (counts->runs_most > 1)
        text_add(&out, "; median of up to %lu runs",
                 (unsigned long)counts->runs_most);
    else
        text_add(&out, "; one run a point");
    return text_take(&out);
}

/* Begins another line of the note. */
static void plot_note_line(struct text *out, size_t *lines)
{
    text_add(out, "%s", *lines > 0 ? "\\n" : "");
    *lines += 1;
}

static char *plot_note(const struct plot_counts *counts, size_t series,
                       size_t *lines)
{
    struct text out = {0};

    *lines = 0;
    if (series > 1) {
        plot_note_line(&out, lines);
        text_add(&out, "Points of one number of connections are set apart "
                       "sideways, so that none hides another.");
    }
    if (counts->runs_most > 1) {
        plot_note_line(&out, lines);
        text_add(&out, "Bars: ");
        figure_spread(&out, counts->runs_fewest, counts->runs_most);
        text_add(&out, ".");
    }
    if (counts->invalid > 0) {
        plot_note_line(&out, lines);
        text_add(&out,
                 "%lu run%s not valid: hollow, or left out where "
                 "nothing was measured; the table says why.",
                 (unsigned long)counts->invalid,
                 counts->invalid == 1 ? " is" : "s are");
    }
    if (counts->zeros > 0) {
        plot_note_line(&out, lines);
        text_add(&out, "%lu point%s zero, which this scale cannot show.",
                 (unsigned long)counts->zeros,
                 counts->zeros == 1 ? " is" : "s are");
    }
    return text_take(&out);
}

static char *plot_script(const struct record_set *set,
                         const struct plot_series *series,
                         const struct plot_figure *figure,
                         const struct plot_options *options,
                         const struct plot_counts *counts)
{
    struct text out = {0};
    char *subtitle = plot_subtitle(set, counts);
    char *machine = records_machines(set), *wine = records_wine(set);
    size_t lines;
    char *note = plot_note(counts, series->count, &lines);

    text_add(&out,
             "# Made by 'iomodels plot' from records. To draw it again, in "
             "this folder: gnuplot %s.gp\nreset\n",
             figure->name);
    plot_set(&out, "figure", figure->name);
    plot_set(&out, "subtitle", subtitle);
    plot_set(&out, "machine", machine);
    plot_set(&out, "warning", wine != NULL ? wine : "");
    plot_set(&out, "hollow", counts->invalid > 0 ? "not valid" : "");
    text_add(&out,
             "note = \"%s\"\nnote_lines = %lu\nwine = %d\nintervals = %d\n"
             "png = %d\nsvg = %d\n",
             note, (unsigned long)lines, wine != NULL, counts->runs_most > 1,
             options->png, options->svg);
    plot_labels(&out, series);
    plot_tics(&out, set);
    text_add(&out, "\n%s\n%s\n%s", common_gp, figure->script, finish_gp);
    free(subtitle);
    free(machine);
    free(wine);
    free(note);
    return text_take(&out);
}

void plot_data(const struct record_set *set, const struct plot_figure *figure,
               const struct plot_options *options, char **data, char **script)
{
    struct plot_series series = plot_series(set);
    struct text rows = {0};
    struct plot_counts counts = plot_rows(&rows, set, &series, figure);

    *data = *script = NULL;
    if (counts.rows > 0) {
        *data = text_take(&rows);
        *script = plot_script(set, &series, figure, options, &counts);
    }
    free(rows.data);
    free(series.first);
}
