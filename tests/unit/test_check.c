/* What a check says of sets of records: each verdict, and what is not
 * comparable. */
#include "check_records.h"

static const char *const names[] = {"old", "new"};

/* Adds runs of one model and tier, each a little different: `slow` times as
 * slow as 10,000 round trips a second in every metric. */
static void add(unsigned side, const char *model, double connections,
                unsigned runs, double slow)
{
    for (unsigned i = 0; i < runs; i++) {
        double x = slow * (1 + 0.002 * ((i * 5) % 11) + 0.0001 * side);

        made_add(&(struct made_run){model,
                                    connections,
                                    side,
                                    i,
                                    {10000 / x, 500 * x, 900 * x, 80 * x},
                                    true});
    }
}

/* As many runs of a model at 100 on both sides, the candidate's so much
 * slower. */
static void add_both(const char *model, unsigned runs, double slow)
{
    add(0, model, 100, runs, 1);
    add(1, model, 100, runs, slow);
}

static bool noted(const char *text)
{
    const cJSON *note;

    cJSON_ArrayForEach (note, check->notes)
        if (strstr(note->valuestring, text) != NULL)
            return true;
    return false;
}

/* Five runs show an interval but cannot rule noise out; four show nothing. */
static void verdicts(void **state)
{
    static const struct {
        double slow;
        unsigned runs;
        enum check_verdict verdict; /* on all four metrics */
    } cases[] = {
        {1, 8, CHECK_NO_CHANGE},        {1.03, 8, CHECK_NO_CHANGE},
        {1.053, 8, CHECK_INCONCLUSIVE}, {1.10, 8, CHECK_REGRESSION},
        {0.90, 8, CHECK_IMPROVEMENT},   {0.97, 8, CHECK_NO_CHANGE},
        {1.10, 6, CHECK_REGRESSION},    {1.10, 5, CHECK_POSSIBLE},
        {1.10, 4, CHECK_INSUFFICIENT},  {1, 5, CHECK_NO_CHANGE},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        add_both("iocp", cases[i].runs, cases[i].slow);
        compare(&made_options);
        assert_int_equal(check->count, METRICS);
        assert_int_equal(check->verdicts[cases[i].verdict], METRICS);
    }
}

/* What 6 runs show of 4 comparisons, they cannot show of 36. */
static void many_comparisons(void **state)
{
    static const char *const models[] = {"a", "b", "c", "d",
                                         "e", "f", "g", "h"};

    add_both("iocp", 6, 1.2);
    for (size_t i = 0; i < 8; i++)
        add_both(models[i], 6, 1);
    compare(&made_options);
    assert_int_equal(check->count, 9 * METRICS);
    assert_int_equal(check->verdicts[CHECK_REGRESSION], 0);
    assert_int_equal(check->verdicts[CHECK_POSSIBLE], METRICS);
    assert_int_equal(check->short_of, 9 * METRICS);
    assert_int_equal(check->runs_needed, 8);
    assert_true(noted("too few runs"));
}

/* One comparison is what five runs can decide: 1 in 252. */
static void only_requested_metrics(void **state)
{
    const struct check_options p99 = {0.05, 1, (uint32_t)1 << (P99 + 1)};

    add_both("iocp", 5, 1.2);
    compare(&p99);
    assert_int_equal(check->count, 1);
    assert_string_equal(check->comparisons[0].metric->name, "latency_p99_us");
    assert_int_equal(check->comparisons[0].verdict, CHECK_REGRESSION);
}

static void invalid_runs_have_no_part(void **state)
{
    add_both("iocp", 8, 1);
    for (unsigned i = 0; i < 6; i++) {
        made_add(&(struct made_run){
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false});
    }
    compare(&made_options);
    assert_int_equal(check->verdicts[CHECK_NO_CHANGE], METRICS);
    assert_int_equal(check->comparisons[0].side[1].runs, 8);
    assert_true(noted("server_died"));
}

static cJSON *part(cJSON *record, const char *a, const char *b)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(record, a), b);
}

static void unknown_and_zero(void **state)
{
    const struct check_comparison *comparisons;

    add_both("iocp", 8, 1);
    for (size_t i = 0; i < made[1].count; i++) {
        cJSON *record = made[1].record[i];

        cJSON_ReplaceItemInObject(part(record, "cpu", "per_round_trip_us"),
                                  "total", cJSON_CreateNull());
        cJSON_ReplaceItemInObject(part(record, "latency_us", "from_send"),
                                  "p50", cJSON_CreateNumber(0));
    }
    compare(&made_options);
    comparisons = check->comparisons;
    assert_int_equal(comparisons[CPU].verdict, CHECK_INSUFFICIENT);
    assert_int_equal(comparisons[P50].verdict, CHECK_INSUFFICIENT);
    assert_non_null(strstr(comparisons[P50].why, "zero"));
    assert_int_equal(comparisons[P99].verdict, CHECK_NO_CHANGE);
}

static void unlike_sets(void **state)
{
    add(0, "iocp", 100, 8, 1);
    add(1, "iocp", 200, 8, 1);
    compare(&made_options);
    assert_null(check);
    add_both("iocp", 8, 1);
    for (size_t i = 0; i < 8; i++)
        cJSON_AddNumberToObject(cJSON_GetObjectItem(made[1].record[i], "asked"),
                                "message_bytes", 64);
    compare(&made_options);
    assert_null(check);
    add_both("iocp", 8, 1);
    add(0, "select", 100, 8, 1);
    add(1, "apc", 100, 8, 1);
    compare(&made_options);
    assert_int_equal(check->count, METRICS);
    assert_true(noted("Only in the baseline, and not compared: select"));
    assert_true(noted("Only in the candidate, and not compared: apc"));
}

static void notes(void **state)
{
    static const char *const expected[] = {
        "one after the other", "machines differ", "not Windows figures",
        "the load differs",
        "baseline \"\"; candidate \"load_via=taskset -c 1\"."};

    add_both("iocp", 8, 1);
    compare(&made_options);
    assert_int_equal(cJSON_GetArraySize(check->notes), 0);
    add_both("iocp", 8, 1);
    for (size_t i = 0; i < made[1].count; i++) {
        cJSON *record = made[1].record[i];

        cJSON_AddItemToObject(
            record, "machine",
            cJSON_Parse("{\"server\":{\"os\":\"Wine\",\"wine_version\":"
                        "\"8.0\"}}"));
        cJSON_ReplaceItemInObject(record, "started_at",
                                  cJSON_CreateString("2027-01-01"));
        cJSON_SetNumberValue(part(record, "connections", "connected"), 50);
        cJSON_AddStringToObject(cJSON_GetObjectItem(record, "asked"),
                                "load_via", "taskset -c 1");
    }
    compare(&made_options);
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(noted(expected[i]));
}

static void printed(void **state)
{
    static const struct {
        enum check_format format;
        const char *text;
    } expected[] = {
        {CHECK_TEXT, "REGRESSION by more than 5 %: 4 of 4"},
        {CHECK_MARKDOWN, "| iocp | 100 |"},
        {CHECK_JSON, "\"worse\":\ttrue,"},
        {CHECK_JSON, "\"verdict\":\t\"worse\","},
        {CHECK_JSON, "\"metric\":\t\"cpu_us_per_round_trip_total\","},
        {CHECK_JSON, "\"ratio_high\":\t0.8"},
    };

    add_both("iocp", 8, 1.25);
    compare(&made_options);
    for (size_t i = 0; i < COUNT(expected); i++) {
        char *text = check_print(check, expected[i].format, names);

        holds(text, expected[i].text);
        free(text);
    }
}

#define CASE(name) cmocka_unit_test_teardown(name, made_free)

RUN_TESTS(CASE(verdicts), CASE(many_comparisons), CASE(only_requested_metrics),
          CASE(invalid_runs_have_no_part), CASE(unknown_and_zero),
          CASE(unlike_sets), CASE(notes), CASE(printed))
