#include "results/findings.h"

#include <stdlib.h>
#include <string.h>

#include "results/fields.h"
#include "results/stats.h"
#include "results/summary.h"

/* --- rankings ------------------------------------------------------------ */

static const struct findings_measure {
    const char *name, *pointer;
    bool more; /* is better */
} findings_measures[] = {
    {"round_trips_per_s", "/throughput/round_trips_per_s", true},
    {"latency_p99_us", "/latency_us/from_send/p99", false},
    {"cpu_us_per_round_trip_total", "/cpu/per_round_trip_us/total", false},
    {"memory_per_connection_bytes", "/memory/per_connection_bytes", false},
};

/* One model at one tier by one measure. */
struct findings_place {
    double value; /* first: what qsort compares */
    const struct record_group *group;
    double *values;
    size_t runs;
};

/* Where the rate is held, round trips/s tell who kept up, not who is fast. */
static bool findings_held(const cJSON *record)
{
    return record_number_or(record, "/asked/rate_bytes_per_s", 0) > 0 ||
           record_number_or(record, "/asked/think_s", 0) > 0 ||
           strcmp(record_text(record, "/asked/pattern"), "idle") == 0;
}

static cJSON *findings_add(cJSON *list, const struct record_group *group)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "model", group->model);
    cJSON_AddNumberToObject(item, "connections", group->connections);
    cJSON_AddStringToObject(item, "setting", group->label);
    cJSON_AddItemToArray(list, item);
    return item;
}

static void findings_compare(cJSON *item, const struct findings_place *best,
                             const struct findings_place *other, bool more)
{
    const uint64_t seed = 63;
    const double chance = 0.05 + 1e-9; /* what three and three runs reach */
    const struct findings_place *top = more ? best : other;
    const struct findings_place *bottom = more ? other : best;
    const bool sure =
        best->runs >= FINDINGS_RUNS_MIN && other->runs >= FINDINGS_RUNS_MIN;
    struct stats_interval ratio = stats_ratio_of_medians(
        top->values, top->runs, bottom->values, bottom->runs, seed);

    cJSON_AddNumberToObject(item, "ratio", ratio.middle);
    if (!sure) {
        cJSON_AddNullToObject(item, "ratio_low");
        cJSON_AddNullToObject(item, "ratio_high");
        cJSON_AddNullToObject(item, "tie");
        return;
    }
    cJSON_AddNumberToObject(item, "ratio_low", ratio.low);
    cJSON_AddNumberToObject(item, "ratio_high", ratio.high);
    cJSON_AddBoolToObject(
        item, "tie",
        ratio.low <= 1 || stats_p_above(top->values, top->runs, bottom->values,
                                        bottom->runs) > chance);
}

static void findings_rank(cJSON *rankings, const struct findings_measure *by,
                          struct findings_place *places, size_t count)
{
    cJSON *ranking = cJSON_CreateObject(), *list;

    qsort(places, count, sizeof *places, stats_compare);
    cJSON_AddStringToObject(ranking, "of", by->name);
    cJSON_AddNumberToObject(ranking, "connections",
                            places[0].group->connections);
    cJSON_AddStringToObject(ranking, "setting", places[0].group->label);
    list = cJSON_AddArrayToObject(ranking, "places");
    for (size_t i = 0; i < count; i++) {
        const struct findings_place *best = &places[by->more ? count - 1 : 0];
        const struct findings_place *one =
            &places[by->more ? count - 1 - i : i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "model", one->group->model);
        cJSON_AddNumberToObject(item, "runs", (double)one->runs);
        cJSON_AddNumberToObject(item, "value", one->value);
        if (i > 0)
            findings_compare(item, best, one, by->more);
        cJSON_AddItemToArray(list, item);
    }
    cJSON_AddItemToArray(rankings, ranking);
}

/* A value that is not above zero is noise around nothing, and has no ratio. */
static void findings_tier(cJSON *rankings, const struct record_set *set,
                          const struct record_group *first,
                          const struct findings_measure *by)
{
    struct findings_place *places =
        calloc_or_die(set->group_count, sizeof *places);
    size_t count = 0;
    bool good = true;

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        struct findings_place *place = &places[count];
        const char *why;

        if (!group_same_tier(group, first))
            continue;
        *place = (struct findings_place){.group = group};
        place->values =
            group_values(group, true, by->pointer, &place->runs, &why);
        place->value = stats_median(place->values, place->runs);
        for (size_t k = 0; k < place->runs; k++)
            good = good && place->values[k] > 0;
        if (place->runs > 0)
            count++;
        else
            free(place->values);
    }
    if (good && count > 1)
        findings_rank(rankings, by, places, count);
    while (count > 0)
        free(places[--count].values);
    free(places);
}

static int findings_tier_order(const void *a, const void *b)
{
    const struct record_group *const *x = a, *const *y = b;
    int order = strcmp((*x)->setting, (*y)->setting);

    return order != 0 ? order
                      : ((*x)->connections > (*y)->connections) -
                            ((*x)->connections < (*y)->connections);
}

/* A group of each tier, to free, in the order of settings and connections. */
static const struct record_group **findings_tiers(const struct record_set *set,
                                                  size_t *count)
{
    const struct record_group **tiers =
        calloc_or_die(set->group_count + 1, sizeof(struct record_group *));

    *count = 0;
    for (size_t i = 0; i < set->group_count; i++) {
        size_t same = 0;

        while (same < *count && !group_same_tier(tiers[same], &set->groups[i]))
            same++;
        if (same == *count)
            tiers[(*count)++] = &set->groups[i];
    }
    qsort(tiers, *count, sizeof(struct record_group *), findings_tier_order);
    return tiers;
}

/* --- what was lost, and what to doubt ------------------------------------ */

/* The counts but those of success; NULL: there are none. */
static cJSON *findings_failures(const cJSON *counts, const char *success)
{
    cJSON *failures = NULL;
    const cJSON *count;

    cJSON_ArrayForEach (count, counts) {
        if (count->valuedouble <= 0 || strcmp(count->string, success) == 0)
            continue;
        if (failures == NULL)
            failures = cJSON_CreateObject();
        cJSON_AddNumberToObject(failures, count->string, count->valuedouble);
    }
    return failures;
}

/* Of the worst run of each kind. */
static void findings_lost(cJSON *lost, const struct record_group *group)
{
    double missing, most = 0;
    const cJSON *worst = group_worst(group, &missing), *count;
    cJSON *ended = NULL, *item;

    for (size_t i = 0; i < group->count; i++) {
        cJSON *ends = findings_failures(
            record_object(group->records[i], "/connections/ends"), "completed");
        double sum = 0;

        cJSON_ArrayForEach (count, ends)
            sum += count->valuedouble;
        if (sum > most) {
            cJSON_Delete(ended);
            ended = ends;
            most = sum;
        } else {
            cJSON_Delete(ends);
        }
    }
    if (worst == NULL && ended == NULL)
        return;
    item = findings_add(lost, group);
    cJSON_AddNumberToObject(item, "not_connected", missing);
    if (worst != NULL)
        cJSON_AddItemToObject(
            item, "outcomes",
            findings_failures(record_object(worst, "/connections/outcomes"),
                              "connected"));
    cJSON_AddNumberToObject(item, "ended_early", most);
    if (ended != NULL)
        cJSON_AddItemToObject(item, "ends", ended);
}

static void findings_count(cJSON *list, const struct record_group *group,
                           size_t runs, bool valid)
{
    cJSON *item;

    if (runs == 0)
        return;
    item = findings_add(list, group);
    cJSON_AddNumberToObject(item, "runs", (double)runs);
    cJSON_AddNumberToObject(item, "of", (double)group->count);
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];
        char *why = record_list(record, valid ? "/cautions" : "/reasons");

        if (record_is_valid(record) == valid && why[0] != '\0' &&
            !cJSON_HasObjectItem(item, "why"))
            cJSON_AddStringToObject(item, "why", why);
        free(why);
    }
}

/* Models that ran at another tier of the same setting. */
static void findings_not_run(cJSON *list, const struct record_set *set,
                             const struct record_group *tier)
{
    for (size_t i = 0; i < set->group_count; i++) {
        struct record_group other = set->groups[i];
        bool seen = strcmp(other.setting, tier->setting) != 0;

        for (size_t k = 0; k < set->group_count; k++)
            seen = seen || (group_same_tier(&set->groups[k], tier) &&
                            strcmp(set->groups[k].model, other.model) == 0);
        for (size_t k = 0; k < i; k++) /* once */
            seen = seen || (strcmp(set->groups[k].model, other.model) == 0 &&
                            strcmp(set->groups[k].setting, other.setting) == 0);
        if (!seen) {
            other.connections = tier->connections;
            findings_add(list, &other);
        }
    }
}

cJSON *findings_make(const struct record_set *set)
{
    enum { MEASURES = sizeof findings_measures / sizeof *findings_measures };
    cJSON *findings = cJSON_CreateObject();
    cJSON *rankings = cJSON_AddArrayToObject(findings, "rankings");
    cJSON *lost = cJSON_AddArrayToObject(findings, "lost");
    cJSON *not_run = cJSON_AddArrayToObject(findings, "not_run");
    cJSON *not_valid = cJSON_AddArrayToObject(findings, "not_valid");
    cJSON *disturbed = cJSON_AddArrayToObject(findings, "disturbed");
    size_t count;
    const struct record_group **tiers = findings_tiers(set, &count);

    cJSON_AddNumberToObject(findings, "runs", (double)set->count);
    cJSON_AddBoolToObject(
        findings, "cpu_includes_wineserver",
        records_have(set, "/cpu/per_round_trip_us/wineserver"));
    for (size_t m = 0; m < MEASURES; m++)
        for (size_t t = 0; t < count; t++)
            if (m > 1 || findings_held(tiers[t]->records[0]) == (m == 1))
                findings_tier(rankings, set, tiers[t], &findings_measures[m]);
    for (size_t t = 0; t < count; t++)
        findings_not_run(not_run, set, tiers[t]);
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        findings_lost(lost, group);
        findings_count(not_valid, group, group->count - group_valid(group),
                       false);
        findings_count(disturbed, group, group_disturbed(group), true);
    }
    free(tiers);
    return findings;
}
