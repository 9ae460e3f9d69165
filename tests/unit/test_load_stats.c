#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "clients/stats.h"

static struct counts balanced(void)
{
    struct counts counts;

    memset(&counts, 0, sizeof counts);
    sync_add(&counts.counter[COUNTER_ATTEMPTED], 10);
    sync_add(&counts.counter[COUNTER_CONNECTED], 7);
    sync_add(&counts.outcomes[OUTCOME_CONNECTED], 7);
    sync_add(&counts.outcomes[OUTCOME_REFUSED], 3);
    sync_add(&counts.ends[END_COMPLETED], 5);
    sync_add(&counts.ends[END_RESET], 2);
    return counts;
}

static bool agree(const struct counts *counts, char *why, size_t size)
{
    struct totals totals = {0};

    totals_add(&totals, counts);
    return totals_agree(&totals, why, size);
}

static void test_sums(void **state)
{
    struct counts counts = balanced();
    char why[128] = "";

    (void)state;
    assert_true(agree(&counts, why, sizeof why));
    assert_string_equal(why, "");

    sync_add(&counts.outcomes[OUTCOME_OTHER], 1);
    assert_false(agree(&counts, why, sizeof why));
    assert_string_equal(why, "attempted 10 but outcomes 11");

    counts = balanced();
    sync_add(&counts.ends[END_RESET], (uint64_t)-1);
    assert_false(agree(&counts, why, sizeof why));
    assert_string_equal(why, "connected 7 but ends 6");

    counts = balanced();
    sync_add(&counts.counter[COUNTER_OPEN], 1);
    assert_false(agree(&counts, why, sizeof why));

    counts = balanced();
    sync_add(&counts.counter[COUNTER_CONNECTED], 1);
    assert_false(agree(&counts, why, sizeof why));
}

static void test_totals_add_up_threads(void **state)
{
    struct counts one = balanced(), two = balanced();
    struct totals totals = {0};
    char why[128];

    (void)state;
    totals_add(&totals, &one);
    totals_add(&totals, &two);
    assert_int_equal(totals.counter[COUNTER_ATTEMPTED], 20);
    assert_int_equal(totals.ends[END_RESET], 4);
    assert_true(totals_agree(&totals, why, sizeof why));
}

static double at(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsNumber(value));
    return value->valuedouble;
}

/* As it will be read. */
static cJSON *written(cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON *again;

    cJSON_Delete(json);
    assert_non_null(text);
    again = cJSON_Parse(text);
    cJSON_free(text);
    assert_non_null(again);
    return again;
}

/* 1 ms to 1 s in steps of a millisecond, over two threads. */
static void test_times(void **state)
{
    struct times one, two;
    cJSON *json, *h, *pair;
    double sum = 0;

    (void)state;
    assert_true(times_init(&one, false, true));
    assert_true(times_init(&two, false, true));
    for (int64_t ms = 1; ms <= 1000; ms++) {
        times_record(ms % 2 ? one.from_send : two.from_send, ms * 1000000);
        times_record(ms % 2 ? one.turns : two.turns, 1000 + ms);
    }
    times_add(&one, &two);
    json = written(times_json(&one));
    assert_true(
        cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "from_intended")));
    h = cJSON_GetObjectItemCaseSensitive(json, "from_send");
    assert_int_equal(at(h, "count"), 1000);
    assert_in_range((uint64_t)at(h, "min"), 999, 1001);
    assert_in_range((uint64_t)at(h, "p50"), 499500, 500500);
    assert_in_range((uint64_t)at(h, "p90"), 899000, 901000);
    assert_in_range((uint64_t)at(h, "p99"), 989000, 991000);
    assert_in_range((uint64_t)at(h, "p999"), 998000, 1000000);
    assert_in_range((uint64_t)at(h, "max"), 999000, 1001000);
    assert_in_range((uint64_t)at(h, "mean"), 500000, 501000);
    cJSON_ArrayForEach (pair, cJSON_GetObjectItemCaseSensitive(h, "counts"))
        sum += cJSON_GetArrayItem(pair, 1)->valuedouble;
    assert_int_equal((int)sum, 1000);
    cJSON_Delete(json);
    json = written(times_turns_json(&one));
    assert_string_equal(
        cJSON_GetObjectItemCaseSensitive(json, "unit")->valuestring, "rounds");
    assert_int_equal(at(json, "count"), 1000);
    assert_in_range((uint64_t)(at(json, "p50") * 1000), 1499, 1501);
    cJSON_Delete(json);
    times_free(&one);
    times_free(&two);
}

/* Nothing measured is null, never zero. */
static void test_no_times(void **state)
{
    struct times times;
    cJSON *json, *h;

    (void)state;
    assert_true(times_init(&times, true, false));
    json = written(times_json(&times));
    h = cJSON_GetObjectItemCaseSensitive(json, "from_intended");
    assert_int_equal(at(h, "count"), 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(h, "p50")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(h, "min")));
    assert_int_equal(
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(h, "counts")), 0);
    cJSON_Delete(json);
    times_free(&times);
}

/* More than an hour counts as an hour: it is not lost. */
static void test_longest(void **state)
{
    struct times times;

    (void)state;
    assert_true(times_init(&times, false, false));
    times_record(times.from_send, INT64_MAX);
    assert_int_equal(times.from_send->total_count, 1);
    times_free(&times);
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOMES; i++)
        assert_non_null(outcome_name((enum outcome)i));
    for (int i = 0; i < ENDS; i++)
        assert_non_null(end_name((enum end)i));
    for (int i = 0; i < COUNTERS; i++)
        assert_non_null(counter_name((enum counter)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_totals_add_up_threads),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_no_times),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
