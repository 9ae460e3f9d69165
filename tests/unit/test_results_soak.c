#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/number.h"
#include "results/soak.h"
#include "random_unit.h"

enum { SAMPLES = 200, TRIALS = 400, MIB = 1 << 20 };

static double at_s[SAMPLES], value[SAMPLES];

/* cmocka's own works in single precision. */
static void assert_near(double is, double should, double by)
{
    assert_true(is >= should - by && is <= should + by);
}

static void fill(struct random *random, double base, double per_s, double noise)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        at_s[i] = 5 + (double)i * 0.5;
        value[i] = base + per_s * (at_s[i] - 5) +
                   noise * (random_unit(random) + random_unit(random) - 1);
    }
}

static void test_a_line(void **state)
{
    struct random random = {1};
    struct slope slope;

    (void)state;
    fill(&random, 1000, 3, 0);
    assert_true(slope_fit(at_s, value, SAMPLES, &slope));
    assert_near(slope.per_s, 3, 1e-9);
    assert_near(slope.low_s, 3, 1e-6);
    assert_near(slope.high_s, 3, 1e-6);
    assert_near(slope.span_s, (SAMPLES - 1) * 0.5, 1e-9);
    assert_int_equal(slope.blocks, SLOPE_BLOCKS_MAX);
}

/* By hand: block means 2, 5, 4, 9, 8; squares of what is left 7.6; t 3.182. */
static void test_a_known_interval(void **state)
{
    static const double t[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                        v[] = {2, 2, 5, 5, 4, 4, 9, 9, 8, 8};
    struct slope slope;

    (void)state;
    assert_true(slope_fit(t, v, 10, &slope));
    assert_int_equal(slope.blocks, 5);
    assert_near(slope.per_s, 0.8, 1e-9);
    assert_near(slope.high_s - slope.per_s, 0.8008, 1e-4);
    assert_false(slope_fit(t, v, 9, &slope));
}

/* The true slope is in the interval in 95 of 100 cases. */
static void test_the_interval_covers(void **state)
{
    struct random random = {7};
    size_t covered = 0;

    (void)state;
    for (size_t i = 0; i < TRIALS; i++) {
        struct slope slope;

        fill(&random, 50, 0.25, 40);
        assert_true(slope_fit(at_s, value, SAMPLES, &slope));
        covered += slope.low_s <= 0.25 && slope.high_s >= 0.25;
    }
    assert_in_range(covered, TRIALS * 92 / 100, TRIALS * 98 / 100);
}

/* A record with samples of one metric: before and after the window it does
 * something else. */
static cJSON *record_of(const char *column)
{
    const char *names[] = {"t_s", "mark", column};
    cJSON *record = cJSON_CreateObject(), *rows, *row;
    cJSON *server = cJSON_AddObjectToObject(
        cJSON_AddObjectToObject(record, "samples"), "server");

    cJSON_AddItemToObject(server, "columns", cJSON_CreateStringArray(names, 3));
    rows = cJSON_AddArrayToObject(server, "rows");
    for (size_t i = 0; i < SAMPLES + 20; i++) {
        size_t within = i < 10 ? 0 : i - 10;

        row = cJSON_CreateArray();
        cJSON_AddItemToArray(row, cJSON_CreateNumber((double)i * 0.5));
        cJSON_AddItemToArray(row, i == 10 ? cJSON_CreateString("begin")
                                  : i == SAMPLES + 9 ? cJSON_CreateString("end")
                                                     : cJSON_CreateNull());
        cJSON_AddItemToArray(row, within < SAMPLES && i >= 10
                                      ? cJSON_CreateNumber(value[within])
                                      : cJSON_CreateNumber(1e12 * (double)i));
        cJSON_AddItemToArray(rows, row);
    }
    return record;
}

static enum soak_level level_of(const char *column)
{
    cJSON *record = record_of(column);
    const struct soak_metric *metric = soak_metrics;
    struct soak_trend trend;

    while (strcmp(metric->column, column) != 0)
        metric++;
    trend = soak_trend_of(record, metric);
    cJSON_Delete(record);
    return trend.level;
}

/* 100 s of 100 MiB: the limit is 2 MiB in that time. */
static void test_levels(void **state)
{
    struct random random = {3};

    (void)state;
    fill(&random, 100.0 * MIB, 0, 0);
    assert_int_equal(level_of("working_set_bytes"), SOAK_FLAT);
    fill(&random, 100.0 * MIB, 0, 0.5 * MIB);
    assert_int_equal(level_of("working_set_bytes"), SOAK_FLAT);
    fill(&random, 100.0 * MIB, 0.018 * MIB, 0);
    assert_int_equal(level_of("working_set_bytes"), SOAK_FLAT);
    fill(&random, 100.0 * MIB, 0.025 * MIB, 0);
    assert_int_equal(level_of("working_set_bytes"), SOAK_GROWS);
    fill(&random, 100.0 * MIB, 0.2 * MIB, 10.0 * MIB);
    assert_int_equal(level_of("working_set_bytes"), SOAK_GROWS);
    fill(&random, 100.0 * MIB, 0, 60.0 * MIB);
    assert_int_equal(level_of("working_set_bytes"), SOAK_NOISY);
    /* One more thread's stack is no leak, wherever it comes. */
    for (size_t at = 20; at < SAMPLES; at += 20) {
        fill(&random, 17.0 * MIB, 0, 0.01 * MIB);
        for (size_t i = at; i < SAMPLES; i++)
            value[i] += 1.4 * MIB;
        assert_int_not_equal(level_of("working_set_bytes"), SOAK_GROWS);
    }
    /* Many of them are. */
    fill(&random, 17.0 * MIB, 0, 0.01 * MIB);
    for (size_t i = 0; i < SAMPLES; i++)
        value[i] += (double)(i / 20) * 0.3 * MIB;
    assert_int_equal(level_of("working_set_bytes"), SOAK_GROWS);
    /* Shrinking is no leak. */
    fill(&random, 100.0 * MIB, -0.5 * MIB, 0);
    assert_int_equal(level_of("working_set_bytes"), SOAK_NOISY);
    /* One thread in 50 seconds, of 3: no; one in five: yes. */
    fill(&random, 3, 0.02, 0);
    assert_int_equal(level_of("threads"), SOAK_FLAT);
    fill(&random, 3, 0.2, 0);
    assert_int_equal(level_of("threads"), SOAK_GROWS);
}

static void test_nothing_sampled(void **state)
{
    cJSON *record = cJSON_CreateObject();

    (void)state;
    assert_int_equal(soak_trend_of(record, soak_metrics).level, SOAK_UNKNOWN);
    cJSON_Delete(record);
}

static void test_lost(void **state)
{
    cJSON *record = cJSON_Parse(
        "{\"connections\":{\"outcomes\":{\"connected\":90,\"no_ports\":3,"
        "\"unserved\":2,\"reset\":0},\"ends\":{\"completed\":80,"
        "\"reset\":7,\"closed\":3}}}");

    (void)state;
    assert_near(soak_lost(record), 12, 0);
    cJSON_Delete(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line),
        cmocka_unit_test(test_a_known_interval),
        cmocka_unit_test(test_the_interval_covers),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_nothing_sampled),
        cmocka_unit_test(test_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
