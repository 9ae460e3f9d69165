#include "common/histogram.h"

#include <math.h>

#include "common/errors.h"
#include "common/json_lines.h"

static const double histogram_parts = 1000; /* of a unit */

struct hdr_histogram *histogram_make(void)
{
    struct hdr_histogram *h;

    if (hdr_init(1, HISTOGRAM_MAX, 3, &h) != 0)
        die("hdr_init");
    return h;
}

static cJSON *histogram_counts(const struct hdr_histogram *h)
{
    cJSON *counts = cJSON_CreateArray();
    struct hdr_iter iter;

    hdr_iter_recorded_init(&iter, h);
    while (hdr_iter_next(&iter)) {
        double pair[2] = {(double)hdr_lowest_equivalent_value(h, iter.value) /
                              histogram_parts,
                          (double)iter.count};

        cJSON_AddItemToArray(counts, cJSON_CreateDoubleArray(pair, 2));
    }
    return counts;
}

cJSON *histogram_json(const struct hdr_histogram *h, const char *unit)
{
    static const struct {
        const char *name;
        double percent;
    } points[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
    cJSON *object;
    bool known;

    if (h == NULL)
        return cJSON_CreateNull();
    object = cJSON_CreateObject();
    known = h->total_count > 0;
    cJSON_AddNumberToObject(object, "count", (double)h->total_count);
    json_add_known(object, "min", known, (double)hdr_min(h) / histogram_parts);
    json_add_known(object, "mean", known,
                   known ? hdr_mean(h) / histogram_parts : 0);
    json_add_known(object, "max", known, (double)hdr_max(h) / histogram_parts);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        json_add_known(object, points[i].name, known,
                       (double)hdr_value_at_percentile(h, points[i].percent) /
                           histogram_parts);
    cJSON_AddStringToObject(object, "unit", unit);
    cJSON_AddItemToObject(object, "counts", histogram_counts(h));
    return object;
}

void histogram_add_json(struct hdr_histogram *h, const cJSON *json)
{
    const cJSON *bucket;

    cJSON_ArrayForEach (bucket,
                        cJSON_GetObjectItemCaseSensitive(json, "counts")) {
        const cJSON *lowest = cJSON_GetArrayItem(bucket, 0);
        const cJSON *count = cJSON_GetArrayItem(bucket, 1);

        if (cJSON_IsNumber(lowest) && cJSON_IsNumber(count) &&
            lowest->valuedouble >= 0 &&
            lowest->valuedouble <= (double)HISTOGRAM_MAX / histogram_parts &&
            count->valuedouble >= 1 && count->valuedouble <= 0x1p53)
            hdr_record_values(h, llround(lowest->valuedouble * histogram_parts),
                              llround(count->valuedouble));
    }
}
