#include "results/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/summary.h"
#include "results/figures.h"
#include "results/fields.h"
#include "results/stats.h"

/* MODEL:TIER:COLUMN in its parts. */
struct explain_query {
    char *store, *column;
    const char *model, *tier;
    uint64_t connections;
    const char *bound; /* "low" or "high", if that end was requested */
    const struct figure *measure;
};

/* --- the query ----------------------------------------------------------- */

static bool explain_split(struct explain_query *query, const char *what)
{
    char *first, *second;

    query->store = text_copy(what);
    first = strchr(query->store, ':');
    second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL || second[1] == '\0') {
        complain("--explain: '%s' is not MODEL:TIER:COLUMN, such as "
                 "iocp:1000:round_trips_per_s",
                 what);
        return false;
    }
    *first = *second = '\0';
    query->model = query->store;
    query->tier = first + 1;
    query->column = second + 1;
    return true;
}

static bool explain_is(const struct explain_query *query,
                       const struct record_group *group)
{
    return strcmp(group->model, query->model) == 0 &&
           number_whole(group->connections) == query->connections;
}

static bool explain_row(struct explain_query *query,
                        const struct record_set *set)
{
    bool number = number_count(query->tier, &query->connections);
    struct text all = {0};

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        if (number && explain_is(query, group)) {
            free(all.data);
            return true;
        }
        text_add(&all, "%s%s:%.0f", i > 0 ? ", " : "", group->model,
                 group->connections);
    }
    complain("--explain: there is no row %s:%s in this table; choose from %s",
             query->model, query->tier, all.data);
    free(all.data);
    return false;
}

static bool explain_column(struct explain_query *query)
{
    static const char *const bounds[] = {"_low", "_high"};
    size_t length = strlen(query->column);
    struct text all = {0};

    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(bounds[i]);

        if (length > size &&
            strcmp(query->column + length - size, bounds[i]) == 0) {
            query->bound = bounds[i] + 1;
            query->column[length - size] = '\0';
            break;
        }
    }
    query->measure = figure_named(query->column);
    if (query->measure != NULL)
        return true;
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->name != NULL)
            text_add(&all, "%s%s", all.length > 0 ? ", " : "", m->name);
    complain("--explain: there is no column '%s' in this table; choose from %s",
             query->column, all.data);
    free(all.data);
    return false;
}

/* --- one record: its samples, and the figure computed again ----------------
 */

static void explain_formula(struct text *out, const struct figure *m)
{
    if (m->formula != NULL)
        text_add(out, "%s", m->formula);
    else if (m->kind == FIGURE_REQUESTED)
        text_add(out, "as requested");
    else if (m->kind == FIGURE_END)
        text_add(out, "%s at the mark end, by the %s's samples",
                 figure_metric(m), m->stream);
    else if (m->kind == FIGURE_CHANGE)
        text_add(out,
                 "%s at the mark end - at the mark empty (before the "
                 "first connection)",
                 figure_metric(m));
    else if (m->kind == FIGURE_MOST)
        text_add(out,
                 "the highest of all of the %s's samples and its final "
                 "line",
                 m->stream);
    else if (m->kind == FIGURE_RATE)
        text_add(out,
                 "(%s at end - at begin) / seconds from begin to end, by "
                 "the %s's samples",
                 figure_metric(m), m->stream);
    else if (m->kind == FIGURE_CORES)
        text_add(out,
                 "100 x (user + kernel at end - at begin) / time from "
                 "begin to end, by the %s's samples",
                 m->stream);
    else if (m->kind == FIGURE_PER_TRIP)
        text_add(out,
                 "processor time a second (user + kernel, end - begin, by "
                 "the %s's samples) / round trips a second (by the "
                 "load's)",
                 m->stream);
    else if (m->kind == FIGURE_QUANTILE)
        text_add(out,
                 "of the record's histogram: the value that %.4g %% of "
                 "all messages did not exceed",
                 100 * m->quantile);
}

struct explain_sample {
    double t, metric, second;
};

/* Prints the sample with that mark; false when it lacks a value. `second` may
 * be NULL. */
static bool explain_mark(struct text *out, const cJSON *record,
                         const char *stream, const char *mark,
                         const char *metric, const char *second,
                         struct explain_sample *sample)
{
    struct series series = series_of(record, stream);
    int marks = series_column(&series, "mark"), place = 0;
    const cJSON *row;

    sample->second = 0;
    cJSON_ArrayForEach (row, series.rows) {
        place++;
        if (series_says(row, marks, mark))
            break;
    }
    if (!series_number(row, series_column(&series, "t_s"), &sample->t) ||
        !series_number(row, series_column(&series, metric), &sample->metric) ||
        (second != NULL && !series_number(row, series_column(&series, second),
                                          &sample->second))) {
        text_add(out, "    samples.%s has no %s at the mark %s\n", stream,
                 metric, mark);
        return false;
    }
    text_add(out, "    samples.%s row %d, mark %s: t_s %.15g, %s %.15g", stream,
             place, mark, sample->t, metric, sample->metric);
    if (second != NULL)
        text_add(out, ", %s %.15g", second, sample->second);
    text_add(out, "\n");
    return true;
}

/* The samples at two marks; false when one lacks a value. */
static bool explain_marks(struct text *out, const cJSON *record,
                          const char *stream, const char *from,
                          const char *metric, const char *second,
                          struct explain_sample *a, struct explain_sample *b)
{
    bool known = explain_mark(out, record, stream, from, metric, second, a);

    return explain_mark(out, record, stream, "end", metric, second, b) &&
           known && b->t > a->t;
}

static bool explain_cores(struct text *out, const struct figure *m,
                          const cJSON *record, double *percent)
{
    struct explain_sample a, b;

    if (!explain_marks(out, record, m->stream, "begin", figure_metric(m),
                       m->second, &a, &b))
        return false;
    *percent = (b.metric + b.second - a.metric - a.second) / 1e4 / (b.t - a.t);
    text_add(out,
             "    (%.15g + %.15g - %.15g - %.15g) us / (%.15g - %.15g) s = "
             "%.10g %% of one processor\n",
             b.metric, b.second, a.metric, a.second, b.t, a.t, *percent);
    return true;
}

static bool explain_rate(struct text *out, const char *stream,
                         const char *metric, const cJSON *record,
                         const char *unit, double *rate)
{
    struct explain_sample a, b;

    if (!explain_marks(out, record, stream, "begin", metric, NULL, &a, &b))
        return false;
    *rate = (b.metric - a.metric) / (b.t - a.t);
    text_add(out, "    (%.15g - %.15g) / (%.15g - %.15g) s = %.10g%s\n",
             b.metric, a.metric, b.t, a.t, *rate, unit);
    return true;
}

static void explain_most(struct text *out, const struct figure *m,
                         const cJSON *record)
{
    struct series series = series_of(record, m->stream);
    int column = series_column(&series, figure_metric(m)), place = 0,
        highest = 0;
    double most = -1, value, t = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, series.rows) {
        place++;
        if (!series_number(row, column, &value) || value <= most)
            continue;
        most = value;
        highest = place;
        series_number(row, series_column(&series, "t_s"), &t);
    }
    if (highest > 0)
        text_add(out,
                 "    samples.%s row %d of %d has the highest: t_s %.15g, %s "
                 "%.15g\n",
                 m->stream, highest, place, t, figure_metric(m), most);
    else
        text_add(out, "    samples.%s has no %s\n", m->stream,
                 figure_metric(m));
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
        double low = cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 0));

        if (passed + count >= wanted) {
            text_add(out,
                     "    latency_us.from_send.counts: %.15g messages; "
                     "number %.15g in order lies in the bucket from %.15g us, "
                     "which holds %.15g after %.15g before it\n",
                     total, wanted, low, count, passed);
            return;
        }
        passed += count;
    }
    text_add(out, "    latency_us.from_send has no histogram\n");
}

static void explain_outcomes(struct text *out, const cJSON *record)
{
    const cJSON *count;
    const char *comma = "";

    text_add(out, "    connections.outcomes:");
    cJSON_ArrayForEach (count, record_object(record, "/connections/outcomes")) {
        text_add(out, "%s %s %.15g", comma, count->string, count->valuedouble);
        comma = ",";
    }
    text_add(out, "\n");
}

static void explain_steps(struct text *out, const struct figure *m,
                          const cJSON *record)
{
    struct explain_sample a, b;
    double percent, rate;
    bool known;

    if (m->kind == FIGURE_LAST) {
        explain_outcomes(out, record);
    } else if (m->kind == FIGURE_END) {
        explain_mark(out, record, m->stream, "end", figure_metric(m), NULL, &b);
    } else if (m->kind == FIGURE_CHANGE) {
        if (explain_marks(out, record, m->stream, "empty", figure_metric(m),
                          NULL, &a, &b))
            text_add(out, "    %.15g - %.15g = %.15g\n", b.metric, a.metric,
                     b.metric - a.metric);
    } else if (m->kind == FIGURE_MOST) {
        explain_most(out, m, record);
    } else if (m->kind == FIGURE_RATE) {
        explain_rate(out, m->stream, figure_metric(m), record, "", &rate);
    } else if (m->kind == FIGURE_CORES) {
        explain_cores(out, m, record, &percent);
    } else if (m->kind == FIGURE_PER_TRIP) {
        known = explain_cores(out, m, record, &percent);
        if (explain_rate(out, "load", "messages_echoed", record,
                         " round trips/s", &rate) &&
            known && rate > 0)
            text_add(out, "    %.10g / 100 x 1,000,000 us / %.10g = %.10g us\n",
                     percent, rate, 1e4 * percent / rate);
    } else if (m->kind == FIGURE_QUANTILE) {
        explain_quantile(out, m, record);
    }
}

/* --- the answer ---------------------------------------------------------- */

static void explain_run(struct text *out, const struct figure *m,
                        const cJSON *record, bool used)
{
    const char *file = record_file(record);
    double value;
    char *reasons;
    bool valid = record_valid(record, &reasons);

    text_add(out, "\n%s", file != NULL ? file : "(a record in memory)");
    if (!valid)
        text_add(out, " (not valid: %s)", reasons);
    text_add(out, "%s\n", used ? "" : ": left out");
    free(reasons);
    if (record_number(record, m->pointer, &value))
        text_add(out, "    %s: %.15g\n", m->pointer, value);
    else
        text_add(out, "    %s: null, %s\n", m->pointer,
                 summary_why(record, m->pointer));
    explain_steps(out, m, record);
}

static void explain_median(struct text *out, const struct figure *m,
                           const struct record_group *group,
                           const struct summary *summary, bool valid)
{
    const char *comma = "";
    double value;

    text_add(out, "\nmedian of");
    for (size_t i = 0; i < group->count; i++)
        if (record_is_valid(group->records[i]) == valid &&
            record_number(group->records[i], m->pointer, &value)) {
            text_add(out, "%s %.15g", comma, value);
            comma = ",";
        }
    text_add(out, "\n    = %.15g\n", summary->median);
    if (summary->count < 2)
        return;
    text_add(out, "    ");
    summary_spread(out, summary->count, summary->count);
    if (summary->count >= SUMMARY_INTERVAL_RUNS)
        text_add(out, " (percentiles, %d resamples)", STATS_RESAMPLES);
    text_add(out, ": %.15g..%.15g\n", summary->low, summary->high);
}

/* What the table for people shows, in its own unit. */
static void explain_shown(struct text *out, const struct figure *m,
                          const struct summary *summary)
{
    if (m->heading == NULL)
        return;
    text_add(out, "    in the table under \"");
    for (const char *at = m->heading; *at != '\0'; at++)
        text_add(out, "%c", *at == '\n' ? ' ' : *at);
    text_add(out, "\": x %.10g = %.*f\n", m->scale, m->decimals,
             summary->median * m->scale);
}

static void explain_group(struct text *out, const struct explain_query *query,
                          const struct record_group *group)
{
    const struct figure *m = query->measure;
    struct summary summary = summary_of(group, m->pointer, 1);
    bool valid = group_valid(group) > 0;

    text_add(out, "%s%s%s of %s with %.0f connections: ", m->name,
             query->bound != NULL ? "_" : "",
             query->bound != NULL ? query->bound : "", group->model,
             group->connections);
    if (summary.count == 0)
        text_add(out, "n/a\n");
    else
        text_add(out, "%.15g\n",
                 query->bound == NULL               ? summary.median
                 : strcmp(query->bound, "low") == 0 ? summary.low
                                                    : summary.high);
    text_add(out, "setting: %s\nformula: ", group->setting);
    explain_formula(out, m);
    text_add(out, "\nrecords: %zu, %zu of them valid%s\n", group->count,
             group_valid(group),
             valid ? "" : "; none is, so what was reached is shown");
    for (size_t i = 0; i < group->count; i++)
        explain_run(out, m, group->records[i],
                    record_is_valid(group->records[i]) == valid);
    if (summary.count == 0)
        return;
    explain_median(out, m, group, &summary, valid);
    explain_shown(out, m, &summary);
}

char *explain_cell(const struct record_set *set, const char *what)
{
    struct explain_query query = {0};
    struct text out = {0};
    bool known = explain_split(&query, what) && explain_row(&query, set) &&
                 explain_column(&query);

    for (size_t i = 0; i < set->group_count && known; i++)
        if (explain_is(&query, &set->groups[i])) {
            text_add(&out, "%s", out.length > 0 ? "\n" : "");
            explain_group(&out, &query, &set->groups[i]);
        }
    free(query.store);
    return known ? text_take(&out) : NULL;
}
