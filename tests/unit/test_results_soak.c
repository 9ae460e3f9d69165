#include "unit.h"
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

    fill(&random, 1000, 3, 0);
    assert_true(slope_fit(at_s, value, SAMPLES, &slope));
    assert_near(slope.rise, 3, 1e-9);
    assert_near(slope.low, 3, 1e-6);
    assert_near(slope.high, 3, 1e-6);
    assert_near(slope.span, (SAMPLES - 1) * 0.5, 1e-9);
}

/* By hand: block means 2, 5, 4, 9, 8; squares of what is left 7.6; t 3.182. */
static void test_a_known_interval(void **state)
{
    static const double t[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                        v[] = {2, 2, 5, 5, 4, 4, 9, 9, 8, 8};
    struct slope slope;

    assert_true(slope_fit(t, v, 10, &slope));
    assert_near(slope.rise, 0.8, 1e-9);
    assert_near(slope.high - slope.rise, 0.8008, 1e-4);
    assert_false(slope_fit(t, v, 9, &slope));
}

/* The true slope is in the interval in 95 of 100 cases. */
static void test_the_interval_covers(void **state)
{
    struct random random = {7};
    size_t covered = 0;

    for (size_t i = 0; i < TRIALS; i++) {
        struct slope slope;

        fill(&random, 50, 0.25, 40);
        assert_true(slope_fit(at_s, value, SAMPLES, &slope));
        covered += slope.low <= 0.25 && slope.high >= 0.25;
    }
    assert_in_range(covered, TRIALS * 92 / 100, TRIALS * 98 / 100);
}

/* The table of one run, to free. */
static char *table_of(cJSON *record, size_t *faults)
{
    cJSON **records = calloc(1, sizeof(cJSON *));
    struct record_set *set;
    char *table;

    records[0] = record;
    set = records_group(records, 1);
    table = soak_make(set, faults);
    records_free(set);
    return table;
}

/* The verdict on samples of one metric. Before and after the window it does
 * something else. */
static void verdict_is(const char *column, const char *verdict)
{
    const char *names[] = {"t_s", "mark", column};
    cJSON *record = cJSON_Parse("{\"valid\":true,\"asked\":{\"model\":\"m\"},"
                                "\"samples\":{\"server\":{}}}");
    cJSON *server =
        cJSON_GetObjectItem(cJSON_GetObjectItem(record, "samples"), "server");
    cJSON *rows, *row;
    char *table;
    size_t faults;

    cJSON_AddItemToObject(server, "columns", cJSON_CreateStringArray(names, 3));
    rows = cJSON_AddArrayToObject(server, "rows");
    for (size_t i = 0; i < SAMPLES + 20; i++) {
        bool within = i >= 10 && i < SAMPLES + 10;

        row = cJSON_CreateArray();
        cJSON_AddItemToArray(row, cJSON_CreateNumber((double)i * 0.5));
        cJSON_AddItemToArray(row, i == 10 ? cJSON_CreateString("begin")
                                  : i == SAMPLES + 9 ? cJSON_CreateString("end")
                                                     : cJSON_CreateNull());
        cJSON_AddItemToArray(
            row, cJSON_CreateNumber(within ? value[i - 10] : 1e12 * (double)i));
        cJSON_AddItemToArray(rows, row);
    }
    table = table_of(record, &faults);
    if (strstr(table, verdict) == NULL)
        fail_msg("not \"%s\":\n%s", verdict, table);
    assert_int_equal(faults, strcmp(verdict, "  GROWS") == 0);
    free(table);
}

/* 100 s of 100 MiB: the limit is 2 MiB in that time. */
static void test_levels(void **state)
{
    static const struct {
        const char *column;
        double base, per_s, noise;
        const char *verdict;
    } cases[] = {
        {"working_set_bytes", 100.0 * MIB, 0, 0, "  flat"},
        {"working_set_bytes", 100.0 * MIB, 0, 0.5 * MIB, "  flat"},
        {"working_set_bytes", 100.0 * MIB, 0.018 * MIB, 0, "  flat"},
        {"working_set_bytes", 100.0 * MIB, 0.025 * MIB, 0, "  GROWS"},
        {"working_set_bytes", 100.0 * MIB, 0.2 * MIB, 10.0 * MIB, "  GROWS"},
        {"working_set_bytes", 100.0 * MIB, 0, 60.0 * MIB, "  within noise"},
        /* Shrinking is no leak. */
        {"working_set_bytes", 100.0 * MIB, -0.5 * MIB, 0, "  within noise"},
        /* One thread in 50 seconds, of 3: no; one in five: yes. */
        {"threads", 3, 0.02, 0, "  flat"},
        {"threads", 3, 0.2, 0, "  GROWS"},
        {"handles", 3, 0.2, 0, "  GROWS"},
    };
    struct random random = {3};

    for (size_t i = 0; i < COUNT(cases); i++) {
        fill(&random, cases[i].base, cases[i].per_s, cases[i].noise);
        verdict_is(cases[i].column, cases[i].verdict);
    }
    /* One more thread's stack is no leak, wherever it comes. */
    for (size_t at = 20; at < SAMPLES; at += 20) {
        fill(&random, 17.0 * MIB, 0, 0.01 * MIB);
        for (size_t i = at; i < SAMPLES; i++)
            value[i] += 1.4 * MIB;
        verdict_is("working_set_bytes", "  within noise");
    }
    /* Many of them are. */
    fill(&random, 17.0 * MIB, 0, 0.01 * MIB);
    for (size_t i = 0; i < SAMPLES; i++)
        value[i] += (double)(i / 20) * 0.3 * MIB;
    verdict_is("working_set_bytes", "  GROWS");
}

/* Runs without samples, and with lost connections. */
static void test_faults(void **state)
{
    static const struct {
        const char *record, *wanted, *verdict;
    } cases[] = {
        {"{\"valid\":true}", "too few samples to judge", "UNKNOWN"},
        {"{\"valid\":false,\"reasons\":[\"server_died: x\"]}",
         ": server_died: x", "FAILED"},
        {"{\"valid\":true,\"connections\":{\"outcomes\":{\"connected\":90,"
         "\"no_ports\":3,\"unserved\":2,\"reset\":0},\"ends\":{"
         "\"completed\":80,\"reset\":7,\"closed\":3}}}",
         "12 healthy connections were lost", "FAILED"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t faults;
        char *table = table_of(cJSON_Parse(cases[i].record), &faults);

        assert_non_null(strstr(table, cases[i].wanted));
        assert_non_null(strstr(table, cases[i].verdict));
        assert_int_equal(faults, 1);
        free(table);
    }
}

RUN_TESTS(TEST(test_a_line), TEST(test_a_known_interval),
          TEST(test_the_interval_covers), TEST(test_levels), TEST(test_faults))
