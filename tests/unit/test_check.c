/* What a check says of sets of records: each verdict, and what is noted. The
 * command's own test covers the formats and what is not comparable. */
#include "check_records.h"

/* Adds runs of one model at 100: `slow` times as slow as 10,000 round trips a
 * second in every metric, and each a little different. */
static void add(unsigned side, const char *model, unsigned runs, double slow)
{
    for (unsigned i = 0; i < runs; i++) {
        double x = slow * (1 + 0.002 * ((i * 5) % 11) + 0.0001 * side);

        made_add(&(struct made_run){
            model, 100, side, i, {10000 / x, 500 * x, 900 * x, 80 * x}, true});
    }
}

static void add_both(const char *model, unsigned runs, double slow)
{
    add(0, model, runs, 1);
    add(1, model, runs, slow);
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

static void verdicts(void **state)
{
    static const struct {
        double slow;
        unsigned runs;
        size_t metrics;
        const char *verdict; /* on all of them */
    } cases[] = {
        {1, 8, METRICS, "within"},
        {1.03, 8, METRICS, "within"},
        {1.053, 8, METRICS, "unclear"},
        {1.10, 8, METRICS, "worse"},
        {0.90, 8, METRICS, "better"},
        {0.97, 8, METRICS, "within"},
        {1.10, 6, METRICS, "worse"},
        /* Five runs show an interval but cannot rule noise out, except for a
         * single comparison, 1 in 252; four show nothing. */
        {1.10, 5, METRICS, "suspect"},
        {1.20, 5, 1, "worse"},
        {1.10, 4, METRICS, "not_decidable"},
        {1, 5, METRICS, "within"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct check_options options = made_options;

        if (cases[i].metrics == 1)
            options.metrics = (uint32_t)1 << (P99 + 1);
        add_both("iocp", cases[i].runs, cases[i].slow);
        compare(&options);
        assert_int_equal(with_verdict(cases[i].verdict), cases[i].metrics);
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

static void invalid_runs_have_no_part(void **state)
{
    double runs;

    add_both("iocp", 8, 1);
    for (unsigned i = 0; i < 6; i++)
        made_add(&(struct made_run){
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false});
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

static void notes(void **state)
{
    static const char *const expected[] = {
        "one after the other",
        "machines differ",
        "not Windows figures",
        "In the candidate, iocp at 100: 50 attempts did not connect",
        "In the candidate, iocp at 100: 8 of 8 runs disturbed: stolen: x.",
        "baseline \"\"; candidate \"load_via=taskset -c 1\".",
        "Only in the baseline, and not compared: select",
        "Only in the candidate, and not compared: apc"};

    add_both("iocp", 8, 1);
    compare(&made_options);
    assert_int_equal(cJSON_GetArraySize(record_at(check, "/cautions")), 0);
    add_both("iocp", 8, 1);
    add(0, "select", 8, 1);
    add(1, "apc", 8, 1);
    for (size_t i = 0; i < made[1].count; i++) {
        cJSON *record = made[1].record[i];

        cJSON_AddItemToObject(
            record, "machine",
            cJSON_Parse("{\"server\":{\"os\":\"Wine\",\"wine_version\":"
                        "\"8.0\"}}"));
        cJSON_ReplaceItemInObject(record, "started_at",
                                  cJSON_CreateString("2027-01-01"));
        cJSON_AddItemToObject(record, "cautions",
                              cJSON_Parse("[\"stolen: x\"]"));
        cJSON_SetNumberValue(part(record, "connections", "connected"), 50);
        cJSON_AddStringToObject(cJSON_GetObjectItem(record, "asked"),
                                "load_via", "taskset -c 1");
    }
    compare(&made_options);
    assert_int_equal(with_verdict("within"), METRICS);
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(noted(expected[i]));
}

#define CASE(name) cmocka_unit_test_teardown(name, made_free)

RUN_TESTS(CASE(verdicts), CASE(many_comparisons),
          CASE(invalid_runs_have_no_part), CASE(unknown_and_zero), CASE(notes))
