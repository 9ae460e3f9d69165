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
    struct record_set *baseline, *candidate;
    struct check *check;
    char *why;
};

static struct both checked(struct made_set *baseline,
                           struct made_set *candidate)
{
    struct both both = {grouped(baseline), grouped(candidate), NULL, NULL};

    both.check =
        check_make(both.baseline, both.candidate, &made_options, &both.why);
    return both;
}

static void done(struct both *both)
{
    if (both->check != NULL)
        check_free(both->check);
    free(both->why);
    records_free(both->baseline);
    records_free(both->candidate);
}

/* One model, one tier: the verdict on all four metrics. */
static void all_are(unsigned runs, double slow, enum check_verdict verdict)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    add(&a, 0, "iocp", 100, runs, 1);
    add(&b, 1, "iocp", 100, runs, slow);
    both = checked(&a, &b);
    assert_non_null(both.check);
    assert_int_equal(both.check->count, CHECK_METRICS);
    for (size_t i = 0; i < both.check->count; i++)
        assert_string_equal(
            check_verdict_name(both.check->comparisons[i].verdict),
            check_verdict_name(verdict));
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

/* Five runs show an interval but cannot rule chance out; four show nothing. */
static void few_runs(void **state)
{
    (void)state;
    all_are(6, 1.10, CHECK_REGRESSION);
    all_are(5, 1.10, CHECK_POSSIBLE);
    all_are(4, 1.10, CHECK_INSUFFICIENT);
    all_are(5, 1, CHECK_NO_CHANGE);
}

static const struct check_comparison *
of(const struct check *check, const char *model, enum check_metric metric)
{
    for (size_t i = 0; i < check->count; i++)
        if (strcmp(check->comparisons[i].baseline->model, model) == 0 &&
            check->comparisons[i].metric == metric)
            return &check->comparisons[i];
    fail_msg("no comparison of %s", model);
    return NULL;
}

static bool noted(const struct check *check, const char *text)
{
    for (size_t i = 0; i < check->note_count; i++)
        if (strstr(check->notes[i], text) != NULL)
            return true;
    return false;
}

/* More comparisons ask for more runs: what 8 runs can show of 4 comparisons,
 * 6 cannot show of 36. */
static void many_comparisons(void **state)
{
    static const char *const models[] = {"a", "b", "c", "d",   "e",
                                         "f", "g", "h", "iocp"};
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        add(&a, 0, models[i], 100, 6, 1);
        add(&b, 1, models[i], 100, 6, i == 8 ? 1.2 : 1);
    }
    both = checked(&a, &b);
    assert_int_equal(both.check->count, 9 * CHECK_METRICS);
    assert_int_equal(check_count(both.check, CHECK_REGRESSION), 0);
    assert_int_equal(check_count(both.check, CHECK_POSSIBLE), CHECK_METRICS);
    assert_int_equal(of(both.check, "iocp", CHECK_P99)->verdict,
                     CHECK_POSSIBLE);
    assert_int_equal(both.check->short_of, 9 * CHECK_METRICS);
    assert_int_equal(both.check->runs_needed, 8);
    assert_true(noted(both.check, "too few runs"));
    done(&both);
}

static void only_asked_metrics(void **state)
{
    const struct check_options p99 = {0.05, {false, false, true, false}, 1};
    struct made_set a = {0}, b = {0};
    struct both both = {0};

    (void)state;
    add(&a, 0, "iocp", 100, 5, 1);
    add(&b, 1, "iocp", 100, 5, 1.2);
    both.baseline = grouped(&a);
    both.candidate = grouped(&b);
    both.check = check_make(both.baseline, both.candidate, &p99, &both.why);
    assert_int_equal(both.check->count, 1);
    assert_int_equal(both.check->comparisons[0].metric, CHECK_P99);
    /* One comparison is what five runs can decide: 1 in 252. */
    assert_int_equal(both.check->comparisons[0].verdict, CHECK_REGRESSION);
    done(&both);
}

static void invalid_runs_have_no_part(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    for (unsigned i = 0; i < 6; i++) {
        struct made_run bad = {
            "iocp", 100, 1, 20 + i, {10, 500000, 900000, 80000}, false};
        b.record[b.count++] = made_record(&bad);
    }
    both = checked(&a, &b);
    assert_int_equal(check_count(both.check, CHECK_NO_CHANGE), CHECK_METRICS);
    assert_int_equal(both.check->comparisons[0].candidate_runs, 8);
    assert_true(noted(both.check, "server_died"));
    done(&both);
}

static void unknown_and_zero(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    for (size_t i = 0; i < b.count; i++) {
        cJSON *cpu = cJSON_GetObjectItem(b.record[i], "cpu");
        cJSON *p50 = cJSON_GetObjectItem(
            cJSON_GetObjectItem(b.record[i], "latency_us"), "from_send");

        cJSON_ReplaceItemInObject(cJSON_GetObjectItem(cpu, "per_round_trip_us"),
                                  "total", cJSON_CreateNull());
        cJSON_ReplaceItemInObject(p50, "p50", cJSON_CreateNumber(0));
    }
    both = checked(&a, &b);
    assert_int_equal(of(both.check, "iocp", CHECK_CPU)->verdict,
                     CHECK_INSUFFICIENT);
    assert_int_equal(of(both.check, "iocp", CHECK_P50)->verdict,
                     CHECK_INSUFFICIENT);
    assert_non_null(strstr(of(both.check, "iocp", CHECK_P50)->why, "zero"));
    assert_int_equal(of(both.check, "iocp", CHECK_P99)->verdict,
                     CHECK_NO_CHANGE);
    done(&both);
}

static void unlike_sets(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 200, 8, 1);
    both = checked(&a, &b);
    assert_null(both.check);
    assert_non_null(strstr(both.why, "the candidate iocp at 200"));
    done(&both);

    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    add(&a, 0, "iocp", 100, 8, 1);
    add(&a, 0, "select", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    add(&b, 1, "apc", 100, 8, 1);
    both = checked(&a, &b);
    assert_int_equal(both.check->count, CHECK_METRICS);
    assert_true(noted(both.check, "Only in the baseline"));
    assert_true(noted(both.check, "Only in the candidate"));
    done(&both);
}

static void other_options(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    for (size_t i = 0; i < b.count; i++)
        cJSON_AddNumberToObject(cJSON_GetObjectItem(b.record[i], "asked"),
                                "message_bytes", 64);
    both = checked(&a, &b);
    assert_null(both.check);
    assert_non_null(strstr(both.why, "message_bytes=64"));
    done(&both);
}

static void cautions(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    both = checked(&a, &b);
    assert_int_equal(both.check->note_count, 0);
    done(&both);

    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 0, "iocp", 100, 8, 1);
    for (size_t i = 0; i < b.count; i++) {
        cJSON *machine = cJSON_AddObjectToObject(b.record[i], "machine");

        cJSON_ReplaceItemInObject(b.record[i], "started_at",
                                  cJSON_CreateString("2027-01-01"));
        machine = cJSON_AddObjectToObject(machine, "server");
        cJSON_AddStringToObject(machine, "os", "Wine");
        cJSON_AddStringToObject(machine, "wine_version", "8.0");
        cJSON_SetNumberValue(
            cJSON_GetObjectItem(cJSON_GetObjectItem(b.record[i], "connections"),
                                "connected"),
            50);
    }
    both = checked(&a, &b);
    assert_true(noted(both.check, "one after the other"));
    assert_true(noted(both.check, "machines differ"));
    assert_true(noted(both.check, "not Windows figures"));
    assert_true(noted(both.check, "the load differs"));
    done(&both);
}

/* Pinned or not is compared, and told. */
static void other_launchers(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;

    (void)state;
    add(&a, 0, "iocp", 100, 8, 1);
    add(&b, 1, "iocp", 100, 8, 1);
    for (size_t i = 0; i < b.count; i++)
        cJSON_AddStringToObject(cJSON_GetObjectItem(b.record[i], "asked"),
                                "load_via", "taskset -c 1");
    both = checked(&a, &b);
    assert_non_null(both.check);
    assert_int_equal(both.check->note_count, 1);
    assert_true(noted(both.check, "baseline \"\"; candidate "
                                  "\"load_via=taskset -c 1\"."));
    done(&both);
}

static void printed(void **state)
{
    struct made_set a = {0}, b = {0};
    struct both both;
    char *text;
    cJSON *json, *first;

    (void)state;
    add(&a, 0, "iocp", 1000, 8, 1);
    add(&b, 1, "iocp", 1000, 8, 1.25);
    both = checked(&a, &b);
    text = check_print(both.check, CHECK_TEXT, "old", "new");
    assert_non_null(strstr(text, "REGRESSION by more than 5 % in 4 of 4"));
    free(text);
    text = check_print(both.check, CHECK_MARKDOWN, "old", "new");
    assert_non_null(strstr(text, "| iocp | 1,000 |"));
    free(text);
    text = check_print(both.check, CHECK_JSON, "old", "new");
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
        cmocka_unit_test(cautions),
        cmocka_unit_test(other_launchers),
        cmocka_unit_test(printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
