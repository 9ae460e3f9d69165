#include "plots/plot_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "plot_scripts.h"
#include "plots/plot_parts.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/text.h"

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

/* --- data ---------------------------------------------------------------- */

struct plot_view {
    struct plot_across across;
    struct plot_up up;
};

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
                     const struct plot_up *up, const struct record_group *group,
                     size_t series, double x, bool valid,
                     struct plot_counts *counts)
{
    struct figure found = plot_value(figure, group, valid);

    if (found.count == 0)
        return;
    plot_runs(counts, found.count);
    if (up->log && found.low <= 0) {
        counts->zeros++;
        return;
    }
    counts->rows++;
    text_add(out, "%lu %.0f %.6g %.9g %.9g %.9g %lu %d\n",
             (unsigned long)series, group->connections, x, found.median,
             found.low, found.high, (unsigned long)found.count, valid);
}

static struct plot_counts plot_rows(struct text *out,
                                    const struct record_set *set,
                                    const struct plot_series *series,
                                    const struct plot_figure *figure,
                                    const struct plot_view *view)
{
    struct plot_counts counts = {0};
    size_t at = 0;

    text_add(out,
             "# %s of the records, times %.9g%s\n"
             "# series connections x value low high runs valid\n",
             figure->pointer, figure->scale,
             figure->share ? " / connections" : "");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        double place, x;

        if (at < series->count && series->first[at] == group)
            at++;
        place = (double)at - ((double)series->count + 1) / 2;
        x = group->connections * exp(view->across.step * place);
        counts.invalid += group->count - group_valid(group);
        plot_row(out, figure, &view->up, group, at, x, true, &counts);
        plot_row(out, figure, &view->up, group, at, x, false, &counts);
    }
    return counts;
}

/* --- script -------------------------------------------------------------- */

void plot_quote(struct text *out, const char *text, size_t length)
{
    text_add(out, "'");
    for (; length > 0; length--, text++)
        text_add(out, *text == '\'' ? "''" : "%c", *text == '\n' ? ' ' : *text);
    text_add(out, "'");
}

void plot_set(struct text *out, const char *name, const char *value)
{
    text_add(out, "%s = ", name);
    plot_quote(out, value, strlen(value));
    text_add(out, "\n");
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
                 number_show_count(number_whole(message), bytes, sizeof bytes),
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
                       bool clear, size_t *lines)
{
    struct text out = {0};

    *lines = 0;
    if (series > 1) {
        plot_note_line(&out, lines);
        text_add(&out,
                 "Points of one number of connections are set apart sideways%s",
                 clear ? ", so that none hides another." : ".");
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
                 "%lu run%s not valid: ringed, or left out where "
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
                         const struct plot_view *view,
                         const struct plot_counts *counts)
{
    struct text out = {0};
    char *subtitle = plot_subtitle(set, counts);
    char *machine = records_machines(set), *wine = records_wine(set);
    size_t lines;
    char *note = plot_note(counts, series->count, view->across.clear, &lines);

    text_add(&out,
             "# Made by 'iomodels plot' from records. To draw it again, in "
             "this folder: gnuplot %s.gp\nreset\n",
             figure->name);
    plot_set(&out, "figure", figure->name);
    plot_set(&out, "subtitle", subtitle);
    plot_set(&out, "machine", machine);
    plot_set(&out, "warning", wine != NULL ? wine : "");
    text_add(&out,
             "note = \"%s\"\nnote_lines = %lu\nwine = %d\nintervals = %d\n"
             "png = %d\nsvg = %d\nwidth = %d\nleft = %d\nright = %d\n",
             note, (unsigned long)lines, wine != NULL, counts->runs_most > 1,
             options->png, options->svg, PLOT_WIDTH, PLOT_LEFT, PLOT_RIGHT);
    text_add(&out, "ringed = %d\n", counts->invalid > 0);
    plot_legend(&out, series);
    plot_x_axis(&out, set, &view->across);
    plot_y_axis(&out, figure, &view->up);
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
    struct plot_view view = {plot_across(set, series.count),
                             plot_up(set, figure)};
    struct plot_counts counts = plot_rows(&rows, set, &series, figure, &view);

    *data = *script = NULL;
    if (counts.rows > 0) {
        *data = text_take(&rows);
        *script = plot_script(set, &series, figure, options, &view, &counts);
    }
    free(rows.data);
    free(series.first);
}
