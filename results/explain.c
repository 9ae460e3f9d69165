#include "results/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/fields.h"
#include "results/figures.h"
#include "results/stats.h"
#include "results/summary.h"
#include "results/table.h"

/* Where the row has none of its own; $m is its metric, $s its stream. */
static const char *const explain_formulas[FIGURE_QUANTILE + 1] = {
    [FIGURE_REQUESTED] = "as requested",
    [FIGURE_END] = "$m at the mark end, by the $s's samples",
    [FIGURE_CHANGE] = "$m at the mark end - at the mark empty (before the "
                      "first connection)",
    [FIGURE_MOST] = "the highest of all of the $s's samples and its final line",
    [FIGURE_RATE] = "($m at end - at begin) / seconds from begin to end, by "
                    "the $s's samples",
    [FIGURE_CORES] = "100 x (user + kernel at end - at begin) / time from "
                     "begin to end, by the $s's samples",
    [FIGURE_PER_TRIP] = "processor time a second (user + kernel, end - begin, "
                        "by the $s's samples) / round trips a second (by the "
                        "load's)",
};

static void explain_formula(struct text *out, const struct figure *m)
{
    const char *at =
        m->formula != NULL ? m->formula : explain_formulas[m->kind];

    for (; at != NULL && *at != '\0'; at++)
        if (strncmp(at, "$m", 2) == 0 || strncmp(at, "$s", 2) == 0)
            text_add(out, "%s", *++at == 'm' ? figure_metric(m) : m->stream);
        else
            text_add(out, "%c", *at);
}

/* --- one record: its samples, and the figure computed again -------------- */

struct explain_sample {
    double t, value; /* of the metric and the second one */
};

/* Prints the sample with that mark, or, without a mark, with the highest value;
 * false when there is none. */
static bool explain_sample(struct text *out, const struct figure *m,
                           const cJSON *record, const char *mark,
                           struct explain_sample *sample)
{
    struct series series = series_of(record, m->stream);
    const char *names[] = {"t_s", figure_metric(m), m->second};
    int count = m->second != NULL ? 3 : 2, place = 0, found = 0;
    double values[3] = {0}, best[3] = {0};
    const cJSON *row;

    cJSON_ArrayForEach (row, series.rows) {
        bool known = true;

        place++;
        for (int i = 0; i < count; i++)
            known = series_number(row, series_column(&series, names[i]),
                                  &values[i]) &&
                    known;
        if (known &&
            (mark != NULL
                 ? series_says(row, series_column(&series, "mark"), mark)
                 : found == 0 || values[1] > best[1])) {
            memcpy(best, values, sizeof best);
            found = place;
        }
    }
    *sample = (struct explain_sample){best[0], best[1] + best[2]};
    text_add(out, "    samples.%s ", m->stream);
    if (found > 0)
        text_add(out, "row %d, ", found);
    else
        text_add(out, "has no %s at ", names[1]);
    text_add(out, "%s%s", mark != NULL ? "mark " : "the highest",
             mark != NULL ? mark : "");
    for (int i = 0; i < count && found > 0; i++)
        text_add(out, "%s %s %.15g", i > 0 ? "," : ":", names[i], best[i]);
    text_add(out, "\n");
    return found > 0;
}

/* The growth to "end": of a change from "empty", of a rate from "begin" and per
 * second. A second metric makes it CPU time in microseconds. */
static bool explain_growth(struct text *out, const struct figure *m,
                           const cJSON *record, double *result)
{
    bool change = m->kind == FIGURE_CHANGE, cpu = m->second != NULL;
    struct explain_sample a, b;
    bool known = explain_sample(out, m, record, change ? "empty" : "begin", &a);

    if (!explain_sample(out, m, record, "end", &b) || !known || b.t <= a.t)
        return false;
    *result = b.value - a.value;
    if (change) {
        text_add(out, "    %.15g - %.15g = %.15g\n", b.value, a.value, *result);
        return true;
    }
    *result = *result / (cpu ? 1e4 : 1) / (b.t - a.t);
    text_add(out, "    (%.15g - %.15g)%s / (%.15g - %.15g) s = %.10g%s\n",
             b.value, a.value, cpu ? " us" : "", b.t, a.t, *result,
             cpu ? " % of one processor" : "");
    return true;
}

/* The bucket in which that part of all values is reached. */
static void explain_quantile(struct text *out, const struct figure *m,
                             const cJSON *record)
{
    const cJSON *counts = record_at(record, "/latency_us/from_send/counts");
    const cJSON *bucket;
    double total = 0, passed = 0, wanted;

    cJSON_ArrayForEach (bucket, counts)
        total += cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 1));
    wanted = ceil(m->quantile * total);
    cJSON_ArrayForEach (bucket, counts) {
        double count = cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 1));

        if (passed + count >= wanted) {
            text_add(out,
                     "    latency_us.from_send.counts: %.15g messages; "
                     "number %.15g in order lies in the bucket from %.15g us, "
                     "which holds %.15g after %.15g before it\n",
                     total, wanted,
                     cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 0)), count,
                     passed);
            return;
        }
        passed += count;
    }
    text_add(out, "    latency_us.from_send has no histogram\n");
}

static void explain_steps(struct text *out, const struct figure *m,
                          const cJSON *record)
{
    struct explain_sample sample;
    double value, trips;

    if (m->kind == FIGURE_LAST) {
        text_add(out, "    connections.outcomes: ");
        table_counts(out, record_object(record, "/connections/outcomes"), "");
        text_add(out, "\n");
    } else if (m->kind == FIGURE_END || m->kind == FIGURE_MOST) {
        explain_sample(out, m, record, m->kind == FIGURE_END ? "end" : NULL,
                       &sample);
    } else if (m->kind == FIGURE_QUANTILE) {
        explain_quantile(out, m, record);
    } else if (m->kind == FIGURE_PER_TRIP) {
        bool known = explain_growth(out, m, record, &value);

        if (explain_growth(out, figure_named("round_trips_per_s"), record,
                           &trips) &&
            known && trips > 0)
            text_add(out,
                     "    %.10g / 100 x 1,000,000 us / %.10g round trips/s = "
                     "%.10g us\n",
                     value, trips, 1e4 * value / trips);
    } else if (m->kind == FIGURE_CHANGE || m->kind == FIGURE_RATE ||
               m->kind == FIGURE_CORES) {
        explain_growth(out, m, record, &value);
    }
}

/* --- the answer ---------------------------------------------------------- */

static void explain_run(struct text *out, const struct figure *m,
                        const cJSON *record, bool used)
{
    const char *file = record_file(record);
    double value;
    char *reasons;

    text_add(out, "\n%s", file != NULL ? file : "(a record in memory)");
    if (!record_valid(record, &reasons))
        text_add(out, " (not valid: %s)", reasons);
    text_add(out, "%s\n    %s: ", used ? "" : ": left out", m->pointer);
    free(reasons);
    if (record_number(record, m->pointer, &value))
        text_add(out, "%.15g\n", value);
    else
        text_add(out, "null, %s\n", summary_why(record, m->pointer));
    explain_steps(out, m, record);
}

static void explain_median(struct text *out, const struct figure *m,
                           const struct record_group *group,
                           const struct summary *summary)
{
    const char *why;
    size_t count;
    double *values =
        group_values(group, group_valid(group) > 0, m->pointer, &count, &why);

    text_add(out, "\nmedian of");
    for (size_t i = 0; i < count; i++)
        text_add(out, "%s %.15g", i > 0 ? "," : "", values[i]);
    free(values);
    text_add(out, "\n    = %.15g\n", summary->median);
    if (count > 1) {
        text_add(out, "    ");
        summary_spread(out, count, count);
        if (count >= SUMMARY_INTERVAL_RUNS)
            text_add(out, " (percentiles, %d resamples)", STATS_RESAMPLES);
        text_add(out, ": %.15g..%.15g\n", summary->low, summary->high);
    }
    if (m->heading != NULL) {
        char *heading = figure_heading(m->heading);

        text_add(out, "    in the table under \"%s\": x %.10g = %.*f\n",
                 heading, m->scale, m->decimals, summary->median * m->scale);
        free(heading);
    }
}

/* `bound` is "", "_low" or "_high". */
static void explain_group(struct text *out, const struct figure *m,
                          const char *bound, const struct record_group *group)
{
    struct summary summary = summary_of(group, m->pointer, 1);
    size_t valid = group_valid(group);

    text_add(out, "%s%s of %s with %.0f connections: ", m->name, bound,
             group->model, group->connections);
    if (summary.count == 0)
        text_add(out, "n/a\n");
    else
        text_add(out, "%.15g\n",
                 *bound == '\0'               ? summary.median
                 : strcmp(bound, "_low") == 0 ? summary.low
                                              : summary.high);
    text_add(out, "setting: %s\nformula: ", group->setting);
    explain_formula(out, m);
    text_add(out, "\nrecords: %zu, %zu of them valid%s\n", group->count, valid,
             valid > 0 ? "" : "; none is, so what was reached is shown");
    for (size_t i = 0; i < group->count; i++)
        explain_run(out, m, group->records[i],
                    record_is_valid(group->records[i]) == (valid > 0));
    if (summary.count > 0)
        explain_median(out, m, group, &summary);
}

/* The row of that name, the end of which may be *bound; NULL after one line to
 * standard error. */
static const struct figure *explain_column(const char *column,
                                           const char **bound)
{
    static const char *const bounds[] = {"", "_low", "_high"};
    struct text names = {0};

    for (const struct figure *m = figures; m->pointer != NULL; m++) {
        size_t length = m->name != NULL ? strlen(m->name) : 0;

        if (length == 0)
            continue;
        text_add(&names, "%s%s", names.length > 0 ? ", " : "", m->name);
        for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
            if (strncmp(column, m->name, length) == 0 &&
                strcmp(column + length, bounds[i]) == 0) {
                free(names.data);
                *bound = bounds[i];
                return m;
            }
    }
    complain("--explain: there is no column '%s' in this table; choose from %s",
             column, names.data);
    free(names.data);
    return NULL;
}

char *explain_cell(const struct record_set *set, const char *what)
{
    char *model = text_copy(what), *tier = strchr(model, ':');
    char *column = tier != NULL ? strchr(tier + 1, ':') : NULL;
    const char *bound = "";
    const struct figure *m = NULL;
    struct text out = {0}, rows = {0};
    uint64_t connections = UINT64_MAX;

    if (column == NULL || column[1] == '\0') {
        complain("--explain: '%s' is not MODEL:TIER:COLUMN, such as "
                 "iocp:1000:round_trips_per_s",
                 what);
    } else {
        *tier++ = *column++ = '\0';
        m = explain_column(column, &bound);
        number_count(tier, &connections);
    }
    for (size_t i = 0; i < set->group_count && m != NULL; i++) {
        const struct record_group *group = &set->groups[i];

        text_add(&rows, "%s%s:%.0f", i > 0 ? ", " : "", group->model,
                 group->connections);
        if (strcmp(group->model, model) != 0 ||
            number_whole(group->connections) != connections)
            continue;
        text_add(&out, "%s", out.length > 0 ? "\n" : "");
        explain_group(&out, m, bound, group);
    }
    if (m != NULL && out.length == 0)
        complain("--explain: there is no row %s:%s in this table; choose from "
                 "%s",
                 model, tier, rows.data);
    free(rows.data);
    free(model);
    return out.data;
}
