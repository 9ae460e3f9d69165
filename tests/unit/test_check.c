/* What a check says of sets of records: each verdict, and what is not
 * comparable. */
#include "check_records.h"

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

static size_t with_verdict(const char *verdict)
{
    const cJSON *c;
    size_t count = 0;

    cJSON_ArrayForEach (c, record_at(check, "/comparisons"))
        count += strcmp(record_text(c, "/verdict"), verdict) == 0;
    return count;
}

static bool noted(const char *text)
{
    const cJSON *note;

    cJSON_ArrayForEach (note, record_at(check, "/cautions"))
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
        const char *verdict; /* on all four metrics */
    } cases[] = {
        {1, 8, "within"},   {1.03, 8, "within"},  {1.053, 8, "unclear"},
        {1.10, 8, "worse"}, {0.90, 8, "better"},  {0.97, 8, "within"},
        {1.10, 6, "worse"}, {1.10, 5, "suspect"}, {1.10, 4, "not_decidable"},
        {1, 5, "within"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        add_both("iocp", cases[i].runs, cases[i].slow);
        compare(&made_options);
        assert_int_equal(with_verdict(cases[i].verdict), METRICS);
        assert_int_equal(worse, strcmp(cases[i].verdict, "worse") == 0);
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
    assert_int_equal(with_verdict("worse"), 0);
    assert_int_equal(with_verdict("suspect"), METRICS);
    assert_true(noted("36 of 36 comparisons have too few runs"));
    assert_true(noted("measure 8 or more a side"));
}

/* One comparison is what five runs can decide: 1 in 252. */
static void only_requested_metrics(void **state)
{
    const struct check_options p99 = {0.05, 1, (uint32_t)1 << (P99 + 1),
                                      CHECK_JSON};

    add_both("iocp", 5, 1.2);
    compare(&p99);
    assert_string_equal(record_text(check, "/comparisons/0/metric"),
                        "latency_p99_us");
    assert_string_equal(record_text(check, "/comparisons/0/verdict"), "worse");
    assert_null(record_at(check, "/comparisons/1"));
}

static void invalid_runs_have_no_part(void **state)
{
    double runs;

    add_both("iocp", 8, 1);
    for (unsigned i = 0; i < 6; i++) {
        made_add(&(struct made_run){
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false});
    }
    compare(&made_options);
    assert_int_equal(with_verdict("within"), METRICS);
    assert_true(record_number(check, "/comparisons/0/candidate_runs", &runs));
    assert_int_equal(runs, 8);
    assert_true(noted("server_died"));
}

static cJSON *part(cJSON *record, const char *a, const char *b)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(record, a), b);
}

static void unknown_and_zero(void **state)
{
    add_both("iocp", 8, 1);
    for (size_t i = 0; i < made[1].count; i++) {
        cJSON *record = made[1].record[i];

        cJSON_ReplaceItemInObject(part(record, "cpu", "per_round_trip_us"),
                                  "total", cJSON_CreateNull());
        cJSON_ReplaceItemInObject(part(record, "latency_us", "from_send"),
                                  "p50", cJSON_CreateNumber(0));
    }
    compare(&made_options);
    assert_int_equal(with_verdict("not_decidable"), 2);
    assert_int_equal(with_verdict("within"), 2);
    assert_non_null(
        strstr(record_text(check, "/comparisons/1/why"), "zero")); /* p50 */
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
    assert_int_equal(with_verdict("within"), METRICS);
    assert_true(noted("Only in the baseline, and not compared: select"));
    assert_true(noted("Only in the candidate, and not compared: apc"));
}

static void notes(void **state)
{
    static const char *const expected[] = {
        "one after the other", "machines differ", "not Windows figures",
        "In the candidate, iocp at 100: 50 attempts did not connect",
        "baseline \"\"; candidate \"load_via=taskset -c 1\"."};

    add_both("iocp", 8, 1);
    compare(&made_options);
    assert_int_equal(cJSON_GetArraySize(record_at(check, "/cautions")), 0);
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

    for (size_t i = 0; i < COUNT(expected); i++) {
        struct check_options options = made_options;
        char *text;

        options.format = expected[i].format;
        add_both("iocp", 8, 1.25);
        text = compare_text(&options);
        holds(text, expected[i].text);
        free(text);
    }
}

#define CASE(name) cmocka_unit_test_teardown(name, made_free)

RUN_TESTS(CASE(verdicts), CASE(many_comparisons), CASE(only_requested_metrics),
          CASE(invalid_runs_have_no_part), CASE(unknown_and_zero),
          CASE(unlike_sets), CASE(notes), CASE(printed))
