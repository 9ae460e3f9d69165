#include "results/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "results/fields.h"
#include "results/stats.h"
#include "results/summary.h"
#include "results/table.h"

/* --- the search ---------------------------------------------------------- */

/* What is answered in the window is that of random times: a little less than
 * what was offered is no backlog. */
static const double curve_share = 0.95;
/* The first rates, in shares of flat out. */
static const double curve_opening[] = {0.1, 0.4, 0.7, 1.15};
enum { CURVE_OPENING = sizeof curve_opening / sizeof *curve_opening };
/* Where no rate is past saturation yet, and a bracket that is narrow enough, of
 * flat out. */
static const double curve_step = 1.25, curve_narrow = 0.01;

bool curve_behind(const struct curve_point *point)
{
    return point->achieved < curve_share * point->offered;
}

static bool curve_kept(const struct curve_point *point, double bound_us)
{
    return point->latency_us > 0 && point->latency_us <= bound_us &&
           !curve_behind(point);
}

/* What a failed run reached says nothing of its rate. */
static bool curve_tried(const struct curve_point *point)
{
    return point->offered > 0 && point->achieved > 0 && !point->failed;
}

struct curve_limit curve_limit(const struct curve_point *points, size_t count,
                               double bound_us)
{
    const struct curve_point *low = NULL, *high = NULL;
    struct curve_limit limit = {0};

    for (size_t i = 0; i < count; i++)
        if (curve_tried(&points[i]) && curve_kept(&points[i], bound_us) &&
            (low == NULL || points[i].offered > low->offered))
            low = &points[i];
    limit.low = low != NULL ? low->offered : 0;
    for (size_t i = 0; i < count; i++) {
        if (!curve_tried(&points[i]) || curve_kept(&points[i], bound_us))
            continue;
        if (points[i].offered <= limit.low)
            limit.broken = true;
        else if (high == NULL || points[i].offered < high->offered)
            high = &points[i];
    }
    limit.high = high != NULL ? high->offered : 0;
    limit.rate = limit.low;
    if (low != NULL && high != NULL && high->latency_us > bound_us)
        limit.rate += (limit.high - limit.low) *
                      log(bound_us / low->latency_us) /
                      log(high->latency_us / low->latency_us);
    return limit;
}

/* The middle of the widest gap between rates that were tried. */
static double curve_gap(const struct curve_point *points, size_t count)
{
    double *rates = calloc_or_die(count + 1, sizeof *rates);
    double middle = 0, widest = 0;
    size_t tried = 0;

    for (size_t i = 0; i < count; i++)
        if (points[i].offered > 0)
            rates[tried++] = points[i].offered;
    qsort(rates, tried, sizeof *rates, stats_compare);
    for (size_t i = 1; i < tried; i++)
        if (rates[i] - rates[i - 1] > widest) {
            widest = rates[i] - rates[i - 1];
            middle = rates[i - 1] + widest / 2;
        }
    free(rates);
    return middle;
}

double curve_next(const struct curve_point *points, size_t count, size_t wanted,
                  double bound_us)
{
    double flat = 0, most = 0;
    size_t paced = 0, tried = 0;
    bool past = false;

    for (size_t i = 0; i < count; i++) {
        paced += points[i].offered > 0;
        tried += curve_tried(&points[i]);
        if (curve_tried(&points[i])) {
            most = fmax(most, points[i].offered);
            past = past || curve_behind(&points[i]);
        }
        if (points[i].offered <= 0)
            flat = fmax(flat, points[i].achieved);
    }
    if (paced >= wanted || flat <= 0)
        return 0;
    if (tried < CURVE_OPENING)
        return curve_opening[tried] * flat;
    struct curve_limit limit = curve_limit(points, count, bound_us);
    if (limit.low <= 0) /* then where the server falls behind */
        limit = curve_limit(points, count, (double)INFINITY);
    if (!past)
        return curve_step * most;
    if (limit.high - limit.low <= curve_narrow * flat)
        return curve_gap(points, count);
    return (limit.low + limit.high) / 2;
}

/* --- records ------------------------------------------------------------- */

bool curve_only_behind(const cJSON *record)
{
    static const char name[] = "rate_not_reached";
    const cJSON *reason, *reasons = record_at(record, "/reasons");

    cJSON_ArrayForEach (reason, reasons)
        if (strncmp(reason->valuestring, name, strlen(name)) != 0)
            return false;
    return cJSON_GetArraySize(reasons) > 0;
}

/* Whether any of the group's runs is valid, or only behind. */
static bool curve_usable(const struct record_group *group)
{
    return group_valid(group) > 0 ||
           records_which(group->records, group->count, curve_only_behind) > 0;
}

static struct curve_point curve_point(const struct curve *curve,
                                      const struct record_group *group)
{
    const cJSON *asked = record_at(group->records[0], "/asked");
    struct curve_point point = {0};
    double message = 1;
    char *pointer = text_make("/latency_us/from_intended/%s", curve->quantile);

    record_number(asked, "/message_bytes", &message);
    if (strcmp(record_text(asked, "/pattern"), "paced") == 0 &&
        record_number(asked, "/rate_bytes_per_s", &point.offered))
        point.offered /= message;
    point.achieved =
        summary_of(group, "/throughput/round_trips_per_s", 1).median;
    point.latency_us = summary_of(group, pointer, 1).median;
    point.failed = !curve_usable(group);
    free(pointer);
    return point;
}

/* Into its place by the offered rate. */
static void curve_add(struct curve_line *line, struct curve_point point,
                      const struct record_group *group)
{
    size_t at = line->count++;

    for (; at > 0 && line->point[at - 1].offered > point.offered; at--) {
        line->point[at] = line->point[at - 1];
        line->group[at] = line->group[at - 1];
    }
    line->point[at] = point;
    line->group[at] = group;
}

static int curve_order(const void *a, const void *b)
{
    const struct curve_line *x = a, *y = b;

    return records_order(x->model, y->model);
}

void curve_open(struct curve *curve, const struct record_set *set)
{
    *curve = (struct curve){.quantile = "p99"};
    curve->line = calloc_or_die(set->group_count + 1, sizeof *curve->line);
    for (size_t i = 0; i < set->count; i++)
        if (record_number(set->records[i], "/asked/bound/us", &curve->bound_us))
            curve->quantile =
                record_text(set->records[i], "/asked/bound/quantile");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        struct curve_line *line = curve->line;

        while (line->model != NULL && strcmp(line->model, group->model) != 0)
            line++;
        if (line->model == NULL) {
            line->model = group->model;
            line->point = calloc_or_die(set->group_count, sizeof *line->point);
            line->group = calloc_or_die(set->group_count, sizeof *line->group);
            curve->count++;
        }
        curve_add(line, curve_point(curve, group), group);
    }
    qsort(curve->line, curve->count, sizeof *curve->line, curve_order);
}

void curve_close(struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++) {
        free(curve->line[i].point);
        free(curve->line[i].group);
    }
    free(curve->line);
}

char *curve_quantile(const struct curve *curve)
{
    return text_make("%.3s%s%s", curve->quantile,
                     strlen(curve->quantile) > 3 ? "." : "",
                     strlen(curve->quantile) > 3 ? curve->quantile + 3 : "");
}

struct summary curve_cpu(const struct record_group *group)
{
    struct summary cpu = summary_of(group, "/cpu/server/cores_percent", 1);
    struct summary wine = summary_of(group, "/cpu/wineserver/cores_percent", 1);

    cpu.median += wine.median;
    return cpu;
}

/* --- the table ----------------------------------------------------------- */

/* What keeps a model from a plain answer. */
static void curve_notes(struct table *table, const struct curve_line *line,
                        const struct curve_limit *limit, const char *bound)
{
    const struct curve_point *first = line->point;
    struct text text = {0};

    while (first < line->point + line->count && !curve_tried(first))
        first++;
    text_add(&text, "%s: ", line->model);
    if (first == line->point + line->count) {
        text_add(&text, "no rate was measured");
    } else if (limit->low <= 0) {
        text_add(&text, "%s at none of its rates; it was %.3g ms at %s/s",
                 bound, first->latency_us / 1000, NUMBER_SHOWN(first->offered));
    } else if (limit->high <= 0) {
        text_add(&text, "%s at all of its rates; --points tries more", bound);
    } else if (limit->broken) {
        text_add(&text, "%s not at each lower rate: the chart shows them",
                 bound);
    } else {
        free(text.data);
        return;
    }
    table_line(table, text_take(&text));
}

/* Adds the names of reasons or cautions that are not there yet. */
static void curve_names(struct text *names, const cJSON *record,
                        const char *pointer)
{
    const cJSON *reason;

    cJSON_ArrayForEach (reason, record_at(record, pointer)) {
        char *name = text_make("%.*s", (int)strcspn(reason->valuestring, ":"),
                               reason->valuestring);

        if (names->data == NULL || strstr(names->data, name) == NULL)
            text_add(names, "%s%s", names->length > 0 ? ", " : "", name);
        free(name);
    }
}

/* A model, and a note on its rates that are not as they should be. */
static char *curve_model(struct table *table, const struct curve_line *line)
{
    size_t invalid = 0, disturbed = 0;
    struct text names = {0};

    for (size_t i = 0; i < line->count; i++) {
        const struct record_group *group = line->group[i];
        const cJSON *last = group->records[group->count - 1];

        if (curve_usable(group))
            disturbed += group_disturbed(group) > 0;
        else
            invalid++;
        if (!curve_usable(group))
            curve_names(&names, last, "/reasons");
        else if (group_disturbed(group) > 0)
            curve_names(&names, last, "/cautions");
    }
    if (invalid + disturbed == 0)
        return text_copy(line->model);
    size_t note = table_note(
        table,
        text_make("%s: of %zu runs %zu not valid and %zu disturbed "
                  "(%s): see the records",
                  line->model, line->count, invalid, disturbed, names.data));
    free(names.data);
    return text_make("%s [%zu]", line->model, note);
}

static void curve_row(struct table *table, const struct curve *curve,
                      const struct curve_line *line, const char *bound)
{
    struct curve_limit limit =
        curve_limit(line->point, line->count, curve->bound_us);
    const struct record_group *there = NULL;
    double flat = 0, most = 0;
    struct text cell = {0};

    for (size_t i = 0; i < line->count; i++) {
        const struct curve_point *point = &line->point[i];

        if (point->offered <= 0)
            flat = point->achieved;
        else if (!point->failed && point->achieved > most)
            most = point->achieved;
        if (limit.low > 0 && point->offered == limit.low)
            there = line->group[i];
    }
    table_cell(table, curve_model(table, line));
    if (limit.low <= 0) {
        text_add(&cell, "none");
    } else if (limit.high <= 0) {
        text_add(&cell, "over %s", NUMBER_SHOWN(limit.low));
    } else {
        text_add(&cell, "%s\n", NUMBER_SHOWN(limit.rate));
        table_interval(&cell, limit.low, limit.high, 0);
    }
    table_cell(table, text_take(&cell));
    table_value(table, limit.low > 0 && flat > 0, 100 * limit.rate / flat, 0);
    table_value(table, most > 0, most, 0);
    table_value(table, flat > 0, flat, 0);
    table_value(
        table, there != NULL,
        there != NULL
            ? summary_of(there, "/latency_us/from_intended/p50", 1e-3).median
            : 0,
        2);
    table_value(table, there != NULL,
                there != NULL ? curve_cpu(there).median : 0, 0);
    curve_notes(table, line, &limit, bound);
}

char *curve_make(const struct record_set *set, enum table_format format)
{
    struct table table = {0};
    struct curve curve;

    curve_open(&curve, set);
    char *quantile = curve_quantile(&curve);
    char *bound =
        text_make("%s within %.4g ms", quantile, curve.bound_us / 1000);
    char *heading = text_make("messages/s,\n%s", bound);
    table_column(&table, "model", true);
    table_column(&table, heading, false);
    table_columns(&table, "% of\nflat out,carried\nat most/s,flat out\nround "
                          "trips/s,p50 ms\nthere,CPU %\nthere");
    table_measured(&table, set);
    for (size_t i = 0; i < curve.count; i++)
        curve_row(&table, &curve, &curve.line[i], bound);
    table_line(
        &table,
        text_make("Below a rate: the highest that was measured within the "
                  "bound, and the lowest above it that was not. \"There\" is "
                  "at the former. Latency counts from the time at which a "
                  "message was due; these times are random (Poisson)."));
    free(heading);
    free(bound);
    free(quantile);
    curve_close(&curve);
    return table_write(&table, format);
}
