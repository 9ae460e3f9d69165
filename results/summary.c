#include "results/summary.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "results/fields.h"
#include "results/stats.h"

size_t records_which(cJSON *const *records, size_t count,
                     bool (*is)(const cJSON *record))
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += is(records[i]);
    return found;
}

size_t group_valid(const struct record_group *group)
{
    return records_which(group->records, group->count, record_is_valid);
}

size_t group_disturbed(const struct record_group *group)
{
    return records_which(group->records, group->count, record_is_disturbed);
}

const cJSON *group_worst(const struct record_group *group, double *missing)
{
    const cJSON *worst = NULL;
    double attempted, connected;

    *missing = 0;
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (record_number(record, "/connections/attempted", &attempted) &&
            record_number(record, "/connections/connected", &connected) &&
            attempted - connected > *missing) {
            *missing = attempted - connected;
            worst = record;
        }
    }
    return worst;
}

const char *summary_why(const cJSON *record, const char *pointer)
{
    const cJSON *unknown = record_object(record, "/unknown"), *reason;

    cJSON_ArrayForEach (reason, unknown) {
        size_t length = strlen(reason->string);

        if (cJSON_IsString(reason) &&
            strncmp(pointer, reason->string, length) == 0 &&
            (pointer[length] == '\0' || pointer[length] == '/'))
            return reason->valuestring;
    }
    return "does not apply";
}

struct summary summary_of_values(const double *values, size_t count)
{
    const uint64_t seed = 63;
    const double one = 1;
    struct stats_interval interval;

    if (count == 0)
        return (struct summary){0};
    interval = stats_ratio_of_medians(values, count, &one, 1, seed);
    return (struct summary){.count = count,
                            .median = interval.middle,
                            .low = interval.low,
                            .high = interval.high,
                            .outliers = stats_outliers(values, count)};
}

double *group_values(const struct record_group *group, bool valid,
                     const char *pointer, size_t *count, const char **why)
{
    double *values = calloc_or_die(group->count + 1, sizeof *values);

    *count = 0;
    *why = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (record_is_valid(record) != valid)
            continue;
        if (record_number(record, pointer, &values[*count]))
            ++*count;
        else
            *why = summary_why(record, pointer);
    }
    return values;
}

struct summary summary_of_runs(const struct record_group *group, bool valid,
                               const char *pointer, double scale)
{
    struct summary summary;
    const char *why;
    size_t count;
    double *values = group_values(group, valid, pointer, &count, &why);

    for (size_t i = 0; i < count; i++)
        values[i] *= scale;
    summary = summary_of_values(values, count);
    summary.why = why;
    free(values);
    return summary;
}

struct summary summary_of(const struct record_group *group, const char *pointer,
                          double scale)
{
    return summary_of_runs(group, group_valid(group) > 0, pointer, scale);
}
