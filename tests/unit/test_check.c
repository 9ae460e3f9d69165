/* What a check says of sets of records: each verdict, and what is not
 * comparable. */
#include "check_records.h"

static const char *const names[] = {"old", "new"};

struct made_set {
    size_t count;
    cJSON *record[64];
};

/* Adds runs of one model and tier, each a little different: `slow` times as
 * slow as 10,000 round trips a second in every metric. */
static void add(struct made_set *sets, unsigned side, const char *model,
                double connections, unsigned runs, double slow)
{
    for (unsigned i = 0; i < runs; i++) {
        double x = slow * (1 + 0.002 * ((i * 5) % 11) + 0.0001 * side);
        struct made_run run = {
            model, connections, side, i, {10000 / x, 500 * x, 900 * x, 80 * x},
            true};

        sets[side].record[sets[side].count++] = made_record(&run);
    }
}

/* As many runs of a model at 100 on both sides, the candidate's so much
 * slower. */
static void add_both(struct made_set *sets, const char *model, unsigned runs,
                     double slow)
{
    add(sets, 0, model, 100, runs, 1);
    add(sets, 1, model, 100, runs, slow);
}

struct compared {
    struct record_set *sets[2];
    struct check *check;
};

static struct compared compare(const struct made_set *sets,
                               const struct check_options *options)
{
    struct compared c;

    for (int s = 0; s < 2; s++) {
        cJSON **records = calloc(sets[s].count, sizeof(cJSON *));

        assert_non_null(records);
        memcpy(records, sets[s].record, sets[s].count * sizeof *records);
        c.sets[s] = records_group(records, sets[s].count);
    }
    c.check = check_make((const struct record_set *[]){c.sets[0], c.sets[1]},
                         options);
    return c;
}

static void done(struct compared *c)
{
    if (c->check != NULL)
        check_free(c->check);
    records_free(c->sets[0]);
    records_free(c->sets[1]);
}

static bool noted(const struct compared *c, const char *text)
{
    const cJSON *note;

    cJSON_ArrayForEach (note, c->check->notes)
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
        struct made_set sets[2] = {{0}};
        struct compared c;

        add_both(sets, "iocp", cases[i].runs, cases[i].slow);
        c = compare(sets, &made_options);
        assert_int_equal(c.check->count, METRICS);
        assert_int_equal(c.check->verdicts[cases[i].verdict], METRICS);
        done(&c);
    }
}

/* What 6 runs show of 4 comparisons, they cannot show of 36. */
static void many_comparisons(void **state)
{
    static const char *const models[] = {"a", "b", "c", "d",
                                         "e", "f", "g", "h"};
    struct made_set sets[2] = {{0}};
    struct compared c;

    add_both(sets, "iocp", 6, 1.2);
    for (size_t i = 0; i < 8; i++)
        add_both(sets, models[i], 6, 1);
    c = compare(sets, &made_options);
    assert_int_equal(c.check->count, 9 * METRICS);
    assert_int_equal(c.check->verdicts[CHECK_REGRESSION], 0);
    assert_int_equal(c.check->verdicts[CHECK_POSSIBLE], METRICS);
    assert_int_equal(c.check->short_of, 9 * METRICS);
    assert_int_equal(c.check->runs_needed, 8);
    assert_true(noted(&c, "too few runs"));
    done(&c);
}

/* One comparison is what five runs can decide: 1 in 252. */
static void only_requested_metrics(void **state)
{
    const struct check_options p99 = {0.05, 1, (uint32_t)1 << (P99 + 1)};
    struct made_set sets[2] = {{0}};
    struct compared c;

    add_both(sets, "iocp", 5, 1.2);
    c = compare(sets, &p99);
    assert_int_equal(c.check->count, 1);
    assert_string_equal(c.check->comparisons[0].metric->name, "latency_p99_us");
    assert_int_equal(c.check->comparisons[0].verdict, CHECK_REGRESSION);
    done(&c);
}

static void invalid_runs_have_no_part(void **state)
{
    struct made_set sets[2] = {{0}};
    struct compared c;

    add_both(sets, "iocp", 8, 1);
    for (unsigned i = 0; i < 6; i++) {
        struct made_run bad = {
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false};

        sets[1].record[sets[1].count++] = made_record(&bad);
    }
    c = compare(sets, &made_options);
    assert_int_equal(c.check->verdicts[CHECK_NO_CHANGE], METRICS);
    assert_int_equal(c.check->comparisons[0].side[1].runs, 8);
    assert_true(noted(&c, "server_died"));
    done(&c);
}

static cJSON *part(cJSON *record, const char *a, const char *b)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(record, a), b);
}

static void unknown_and_zero(void **state)
{
    struct made_set sets[2] = {{0}};
    const struct check_comparison *comparisons;
    struct compared c;

    add_both(sets, "iocp", 8, 1);
    for (size_t i = 0; i < sets[1].count; i++) {
        cJSON *record = sets[1].record[i];

        cJSON_ReplaceItemInObject(part(record, "cpu", "per_round_trip_us"),
                                  "total", cJSON_CreateNull());
        cJSON_ReplaceItemInObject(part(record, "latency_us", "from_send"),
                                  "p50", cJSON_CreateNumber(0));
    }
    c = compare(sets, &made_options);
    comparisons = c.check->comparisons;
    assert_int_equal(comparisons[CPU].verdict, CHECK_INSUFFICIENT);
    assert_int_equal(comparisons[P50].verdict, CHECK_INSUFFICIENT);
    assert_non_null(strstr(comparisons[P50].why, "zero"));
    assert_int_equal(comparisons[P99].verdict, CHECK_NO_CHANGE);
    done(&c);
}

static void unlike_sets(void **state)
{
    struct made_set tiers[2] = {{0}}, models[2] = {{0}}, options[2] = {{0}};
    struct compared c;

    add(tiers, 0, "iocp", 100, 8, 1);
    add(tiers, 1, "iocp", 200, 8, 1);
    c = compare(tiers, &made_options);
    assert_null(c.check);
    done(&c);
    add_both(options, "iocp", 8, 1);
    for (size_t i = 0; i < 8; i++)
        cJSON_AddNumberToObject(
            cJSON_GetObjectItem(options[1].record[i], "asked"), "message_bytes",
            64);
    c = compare(options, &made_options);
    assert_null(c.check);
    done(&c);
    add_both(models, "iocp", 8, 1);
    add(models, 0, "select", 100, 8, 1);
    add(models, 1, "apc", 100, 8, 1);
    c = compare(models, &made_options);
    assert_int_equal(c.check->count, METRICS);
    assert_true(noted(&c, "Only in the baseline, and not compared: select"));
    assert_true(noted(&c, "Only in the candidate, and not compared: apc"));
    done(&c);
}

static void notes(void **state)
{
    static const char *const expected[] = {
        "one after the other", "machines differ", "not Windows figures",
        "the load differs",
        "baseline \"\"; candidate \"load_via=taskset -c 1\"."};
    struct made_set alike[2] = {{0}}, sets[2] = {{0}};
    struct compared c;

    add_both(alike, "iocp", 8, 1);
    c = compare(alike, &made_options);
    assert_int_equal(cJSON_GetArraySize(c.check->notes), 0);
    done(&c);
    add_both(sets, "iocp", 8, 1);
    for (size_t i = 0; i < sets[1].count; i++) {
        cJSON *record = sets[1].record[i];

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
    c = compare(sets, &made_options);
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(noted(&c, expected[i]));
    done(&c);
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
    struct made_set sets[2] = {{0}};
    struct compared c;

    add_both(sets, "iocp", 8, 1.25);
    c = compare(sets, &made_options);
    for (size_t i = 0; i < COUNT(expected); i++) {
        char *text = check_print(c.check, expected[i].format, names);

        if (strstr(text, expected[i].text) == NULL)
            fail_msg("no '%s' in:\n%s", expected[i].text, text);
        free(text);
    }
    done(&c);
}

RUN_TESTS(TEST(verdicts), TEST(many_comparisons), TEST(only_requested_metrics),
          TEST(invalid_runs_have_no_part), TEST(unknown_and_zero),
          TEST(unlike_sets), TEST(notes), TEST(printed))
