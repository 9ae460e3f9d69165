/* What a check says of sets of records: each verdict, and what is not
 * comparable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "check_records.h"

enum { RUNS_MAX = 64 };

struct made_set {
    size_t count;
    cJSON *record[RUNS_MAX];
};

/* Adds runs of one model and tier, each a little different: `slow` times as
 * slow as 10,000 round trips a second in every metric. */
static void add(struct made_set *set, unsigned side, const char *model,
                double connections, unsigned runs, double slow)
{
    for (unsigned i = 0; i < runs; i++) {
        double x = slow * (1 + 0.002 * ((i * 5) % 11) + 0.0001 * side);
        struct made_run run = {
            model, connections, side, i, {10000 / x, 500 * x, 900 * x, 80 * x},
            true};

        set->record[set->count++] = made_record(&run);
    }
}

static struct record_set *grouped(struct made_set *set)
{
    cJSON **records = calloc(set->count, sizeof(cJSON *));

    assert_non_null(records);
    memcpy(records, set->record, set->count * sizeof *records);
    return records_group(records, set->count);
}

struct both {
    struct made_set a, b;
    struct record_set *baseline, *candidate;
    struct check *check;
    char *why;
};

/* Both sets with as many runs of iocp at 100, the candidate's so much slower.
 */
static struct both started(unsigned runs, double slow)
{
    struct both both = {0};

    add(&both.a, 0, "iocp", 100, runs, 1);
    add(&both.b, 1, "iocp", 100, runs, slow);
    return both;
}

static void compare(struct both *both, const struct check_options *options)
{
    both->baseline = grouped(&both->a);
    both->candidate = grouped(&both->b);
    both->check = check_make(
        (const struct record_set *[]){both->baseline, both->candidate}, options,
        &both->why);
}

static void done(struct both *both)
{
    if (both->check != NULL)
        check_free(both->check);
    free(both->why);
    records_free(both->baseline);
    records_free(both->candidate);
}

/* The verdict on all four metrics. */
static void all_are(unsigned runs, double slow, enum check_verdict verdict)
{
    struct both both = started(runs, slow);

    compare(&both, &made_options);
    assert_int_equal(both.check->count, METRICS);
    assert_int_equal(both.check->verdicts[verdict], METRICS);
    done(&both);
}

static void verdicts(void **state)
{
    (void)state;
    all_are(8, 1, CHECK_NO_CHANGE);
    all_are(8, 1.03, CHECK_NO_CHANGE);
    all_are(8, 1.053, CHECK_INCONCLUSIVE);
    all_are(8, 1.10, CHECK_REGRESSION);
    all_are(8, 0.90, CHECK_IMPROVEMENT);
    all_are(8, 0.97, CHECK_NO_CHANGE);
}

/* Five runs show an interval but cannot rule noise out; four show nothing. */
static void few_runs(void **state)
{
    (void)state;
    all_are(6, 1.10, CHECK_REGRESSION);
    all_are(5, 1.10, CHECK_POSSIBLE);
    all_are(4, 1.10, CHECK_INSUFFICIENT);
    all_are(5, 1, CHECK_NO_CHANGE);
}

static bool noted(const struct check *check, const char *text)
{
    const cJSON *note;

    cJSON_ArrayForEach (note, check->notes)
        if (strstr(note->valuestring, text) != NULL)
            return true;
    return false;
}

/* What 6 runs show of 4 comparisons, they cannot show of 36. */
static void many_comparisons(void **state)
{
    static const char *const models[] = {"a", "b", "c", "d",
                                         "e", "f", "g", "h"};
    struct both both = started(6, 1.2);

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        add(&both.a, 0, models[i], 100, 6, 1);
        add(&both.b, 1, models[i], 100, 6, 1);
    }
    compare(&both, &made_options);
    assert_int_equal(both.check->count, 9 * METRICS);
    assert_int_equal(both.check->verdicts[CHECK_REGRESSION], 0);
    assert_int_equal(both.check->verdicts[CHECK_POSSIBLE], METRICS);
    assert_int_equal(both.check->short_of, 9 * METRICS);
    assert_int_equal(both.check->runs_needed, 8);
    assert_true(noted(both.check, "too few runs"));
    done(&both);
}

/* One comparison is what five runs can decide: 1 in 252. */
static void only_asked_metrics(void **state)
{
    const struct check_options p99 = {0.05, 1, (uint32_t)1 << (P99 + 1)};
    struct both both = started(5, 1.2);

    (void)state;
    compare(&both, &p99);
    assert_int_equal(both.check->count, 1);
    assert_string_equal(both.check->comparisons[0].metric->name,
                        "latency_p99_us");
    assert_int_equal(both.check->comparisons[0].verdict, CHECK_REGRESSION);
    done(&both);
}

static void invalid_runs_have_no_part(void **state)
{
    struct both both = started(8, 1);

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct made_run bad = {
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false};
        both.b.record[both.b.count++] = made_record(&bad);
    }
    compare(&both, &made_options);
    assert_int_equal(both.check->verdicts[CHECK_NO_CHANGE], METRICS);
    assert_int_equal(both.check->comparisons[0].side[1].runs, 8);
    assert_true(noted(both.check, "server_died"));
    done(&both);
}

static cJSON *part(cJSON *record, const char *a, const char *b)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(record, a), b);
}

static void unknown_and_zero(void **state)
{
    struct both both = started(8, 1);
    const struct check_comparison *c;

    (void)state;
    for (size_t i = 0; i < both.b.count; i++) {
        cJSON *record = both.b.record[i];

        cJSON_ReplaceItemInObject(part(record, "cpu", "per_round_trip_us"),
                                  "total", cJSON_CreateNull());
        cJSON_ReplaceItemInObject(part(record, "latency_us", "from_send"),
                                  "p50", cJSON_CreateNumber(0));
    }
    compare(&both, &made_options);
    c = both.check->comparisons;
    assert_int_equal(c[CPU].verdict, CHECK_INSUFFICIENT);
    assert_int_equal(c[P50].verdict, CHECK_INSUFFICIENT);
    assert_non_null(strstr(c[P50].why, "zero"));
    assert_int_equal(c[P99].verdict, CHECK_NO_CHANGE);
    done(&both);
}

static void unlike_sets(void **state)
{
    struct both both = {0};

    (void)state;
    add(&both.a, 0, "iocp", 100, 8, 1);
    add(&both.b, 1, "iocp", 200, 8, 1);
    compare(&both, &made_options);
    assert_null(both.check);
    assert_non_null(strstr(both.why, "the candidate iocp at 200"));
    done(&both);

    both = started(8, 1);
    add(&both.a, 0, "select", 100, 8, 1);
    add(&both.b, 1, "apc", 100, 8, 1);
    compare(&both, &made_options);
    assert_int_equal(both.check->count, METRICS);
    assert_true(noted(both.check, "Only in the baseline"));
    assert_true(noted(both.check, "Only in the candidate"));
    done(&both);
}

static void other_options(void **state)
{
    struct both both = started(8, 1);

    (void)state;
    for (size_t i = 0; i < both.b.count; i++)
        cJSON_AddNumberToObject(cJSON_GetObjectItem(both.b.record[i], "asked"),
                                "message_bytes", 64);
    compare(&both, &made_options);
    assert_null(both.check);
    assert_non_null(strstr(both.why, "message_bytes=64"));
    done(&both);
}

static void notes(void **state)
{
    struct both both = started(8, 1);

    (void)state;
    compare(&both, &made_options);
    assert_int_equal(cJSON_GetArraySize(both.check->notes), 0);
    done(&both);

    both = started(8, 1);
    for (size_t i = 0; i < both.b.count; i++) {
        cJSON *record = both.b.record[i];
        cJSON *machine = cJSON_AddObjectToObject(
            cJSON_AddObjectToObject(record, "machine"), "server");

        cJSON_ReplaceItemInObject(record, "started_at",
                                  cJSON_CreateString("2027-01-01"));
        cJSON_AddStringToObject(machine, "os", "Wine");
        cJSON_AddStringToObject(machine, "wine_version", "8.0");
        cJSON_SetNumberValue(part(record, "connections", "connected"), 50);
        cJSON_AddStringToObject(cJSON_GetObjectItem(record, "asked"),
                                "load_via", "taskset -c 1");
    }
    compare(&both, &made_options);
    assert_true(noted(both.check, "one after the other"));
    assert_true(noted(both.check, "machines differ"));
    assert_true(noted(both.check, "not Windows figures"));
    assert_true(noted(both.check, "the load differs"));
    assert_true(noted(both.check, "baseline \"\"; candidate "
                                  "\"load_via=taskset -c 1\"."));
    done(&both);
}

static void printed(void **state)
{
    static const char *const names[] = {"old", "new"};
    struct both both = started(8, 1.25);
    char *text;
    cJSON *json, *first;

    (void)state;
    compare(&both, &made_options);
    text = check_print(both.check, CHECK_TEXT, names);
    assert_non_null(strstr(text, "REGRESSION by more than 5 %: 4 of 4"));
    free(text);
    text = check_print(both.check, CHECK_MARKDOWN, names);
    assert_non_null(strstr(text, "| iocp | 100 |"));
    free(text);
    text = check_print(both.check, CHECK_JSON, names);
    json = cJSON_Parse(text);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "worse")));
    first = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "comparisons"), 0);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(first, "verdict")), "worse");
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(first, "ratio_high")) <
                0.95);
    cJSON_Delete(json);
    free(text);
    done(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(few_runs),
        cmocka_unit_test(many_comparisons),
        cmocka_unit_test(only_asked_metrics),
        cmocka_unit_test(invalid_runs_have_no_part),
        cmocka_unit_test(unknown_and_zero),
        cmocka_unit_test(unlike_sets),
        cmocka_unit_test(other_options),
        cmocka_unit_test(notes),
        cmocka_unit_test(printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
