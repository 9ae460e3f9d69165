#include "unit.h"
#include "clients/stats.h"

static void count(struct counts *counts, enum counter counter, int n)
{
    sync_add(&counts->of[counter], (uint64_t)n);
}

static struct counts balanced(void)
{
    struct counts counts;

    memset(&counts, 0, sizeof counts);
    count(&counts, COUNTER_ATTEMPTED, 10);
    count(&counts, COUNTER_CONNECTED, 7);
    count(&counts, OUTCOME_CONNECTED, 7);
    count(&counts, OUTCOME_REFUSED, 3);
    count(&counts, END_COMPLETED, 5);
    count(&counts, END_RESET, 2);
    return counts;
}

/* Two threads' add up; one of them that is wrong anywhere is found. */
static void test_sums(void **state)
{
    static const struct {
        enum counter counter;
        int by;
    } wrong[] = {{OUTCOME_OTHER, 1},
                 {END_RESET, -1},
                 {COUNTER_OPEN, 1},
                 {COUNTER_CONNECTING, 1},
                 {COUNTER_CONNECTED, 1}};
    struct counts counts = balanced();

    for (size_t i = 0; i <= COUNT(wrong); i++) {
        struct counts other = balanced();
        struct totals totals = {0};

        if (i < COUNT(wrong))
            count(&other, wrong[i].counter, wrong[i].by);
        totals_add(&totals, &counts);
        totals_add(&totals, &other);
        assert_int_equal(totals_agree(&totals), i == COUNT(wrong));
        if (i == COUNT(wrong))
            assert_int_equal(totals.of[END_RESET], 4);
    }
}

static double at(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsNumber(value));
    return value->valuedouble;
}

/* A histogram as it will be read, to delete with *final. */
static const cJSON *written(const struct times *times, enum timed timed,
                            cJSON **final)
{
    static const char *const names[] = {"from_send", "from_intended"};
    cJSON *json = cJSON_CreateObject();
    const cJSON *latency;
    char *text;

    times_json(times, json);
    text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    *final = cJSON_Parse(text);
    cJSON_free(text);
    if (timed == TIMED_TURNS)
        return cJSON_GetObjectItemCaseSensitive(*final, "turns");
    latency = cJSON_GetObjectItemCaseSensitive(*final, "latency_us");
    return cJSON_GetObjectItemCaseSensitive(latency, names[timed]);
}

/* 1 ms to 1 s in steps of a millisecond, over two threads. */
static void test_times(void **state)
{
    static const struct {
        const char *name;
        uint64_t low, high;
    } points[] = {
        {"count", 1000, 1000},    {"min", 999, 1001},
        {"p50", 499500, 500500},  {"p90", 899000, 901000},
        {"p99", 989000, 991000},  {"p999", 998000, 1000000},
        {"max", 999000, 1001000}, {"mean", 500000, 501000},
    };
    struct times threads[2];
    const cJSON *h, *pair;
    cJSON *final;
    double sum = 0;

    times_init(&threads[0], false, false, true);
    times_init(&threads[1], false, false, true);
    for (int64_t ms = 1; ms <= 1000; ms++) {
        times_record(threads[ms % 2].of[TIMED_FROM_SEND], ms * 1000000, 1);
        times_record(threads[ms % 2].of[TIMED_TURNS], 1000 + ms, 1);
    }
    times_add(&threads[0], &threads[1]);
    h = written(&threads[0], TIMED_FROM_INTENDED, &final);
    assert_true(cJSON_IsNull(h));
    cJSON_Delete(final);
    h = written(&threads[0], TIMED_FROM_SEND, &final);
    for (size_t i = 0; i < COUNT(points); i++)
        assert_in_range((uint64_t)at(h, points[i].name), points[i].low,
                        points[i].high);
    cJSON_ArrayForEach (pair, cJSON_GetObjectItemCaseSensitive(h, "counts"))
        sum += cJSON_GetArrayItem(pair, 1)->valuedouble;
    assert_int_equal((int)sum, 1000);
    cJSON_Delete(final);
    h = written(&threads[0], TIMED_TURNS, &final);
    assert_string_equal(
        cJSON_GetObjectItemCaseSensitive(h, "unit")->valuestring, "rounds");
    assert_int_equal(at(h, "count"), 1000);
    assert_in_range((uint64_t)(at(h, "p50") * 1000), 1499, 1501);
    cJSON_Delete(final);
    times_free(&threads[0]);
    times_free(&threads[1]);
}

/* Nothing measured is null, never zero; more than an hour counts as one. */
static void test_no_times(void **state)
{
    struct times times;
    const cJSON *h;
    cJSON *final;

    times_init(&times, true, false, false);
    h = written(&times, TIMED_FROM_INTENDED, &final);
    assert_int_equal(at(h, "count"), 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(h, "p50")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(h, "min")));
    assert_int_equal(
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(h, "counts")), 0);
    cJSON_Delete(final);
    times_record(times.of[TIMED_FROM_SEND], INT64_MAX, 1);
    assert_int_equal(times.of[TIMED_FROM_SEND]->total_count, 1);
    times_free(&times);
}

RUN_TESTS(TEST(test_sums), TEST(test_times), TEST(test_no_times))
