#include "records.h"
#include "results/stats.h"
#include "results/table.h"
#include "random_unit.h"

enum { SAMPLES = 200, TRIALS = 400, MIB = 1 << 20 };

static double at_s[SAMPLES], value[SAMPLES];

static void fill(struct random *random, double base, double per_s, double noise)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        at_s[i] = 5 + (double)i * 0.5;
        value[i] = base + per_s * (at_s[i] - 5) +
                   noise * (random_unit(random) + random_unit(random) - 1);
    }
}

/* By hand: block means 2, 5, 4, 9, 8; squares of what is left 7.6; t 3.182. */
static void test_a_known_interval(void **state)
{
    static const double t[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                        v[] = {2, 2, 5, 5, 4, 4, 9, 9, 8, 8};
    struct slope slope;

    assert_true(slope_fit(t, v, 10, &slope));
    near_to(slope.rise, 0.8, 1e-9);
    near_to(slope.high - slope.rise, 0.8008, 1e-4);
    assert_false(slope_fit(t, v, 9, &slope));
}

/* The true slope is in the interval in 95 of 100 cases. */
static void test_the_interval_covers(void **state)
{
    struct random random = {7};
    struct slope slope;
    size_t covered = 0;

    for (size_t i = 0; i < TRIALS; i++) {
        fill(&random, 50, 0.25, 40);
        assert_true(slope_fit(at_s, value, SAMPLES, &slope));
        covered += slope.low <= 0.25 && slope.high >= 0.25;
    }
    assert_in_range(covered, TRIALS * 92 / 100, TRIALS * 98 / 100);
}

/* The table of one run, with both texts and so many faults. */
static void table_is(cJSON *record, const char *wanted, const char *verdict,
                     size_t wanted_faults)
{
    cJSON **records = calloc(1, sizeof(cJSON *));
    struct record_set *set;
    char *table;
    size_t faults;

    records[0] = record;
    set = records_group(records, 1);
    table = soak_make(set, &faults);
    holds(table, wanted);
    holds(table, verdict);
    assert_int_equal(faults, wanted_faults);
    free(table);
    records_free(set);
}

/* The verdict on samples of one metric. Before and after the window it does
 * something else. */
static void verdict_is(const char *column, const char *verdict)
{
    struct text text = {0};

    text_add(&text,
             "{'valid':true,'asked':{'model':'m'},'samples':{'server':{"
             "'columns':['t_s','mark','%s'],'rows':[[0,null,0]",
             column);
    for (size_t i = 1; i < SAMPLES + 20; i++) {
        bool within = i >= 10 && i < SAMPLES + 10;

        text_add(&text, ",[%.1f,%s,%.17g]", (double)i * 0.5,
                 i == 10            ? "'begin'"
                 : i == SAMPLES + 9 ? "'end'"
                                    : "null",
                 within ? value[i - 10] : 1e12 * (double)i);
    }
    text_add(&text, "]}}}");
    table_is(json_made(text.data), "", verdict,
             strcmp(verdict, "  GROWS") == 0);
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
        {"{'valid':true}", "too few samples to judge", "UNKNOWN"},
        {"{'valid':false,'reasons':['server_died: x']}", ": server_died: x",
         "FAILED"},
        {"{'valid':true,'connections':{'outcomes':{'connected':90,"
         "'no_ports':3,'unserved':2,'reset':0},'ends':{"
         "'completed':80,'reset':7,'closed':3}}}",
         "12 healthy connections were lost", "FAILED"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        table_is(json_made(text_copy(cases[i].record)), cases[i].wanted,
                 cases[i].verdict, 1);
}

RUN_TESTS(TEST(test_a_known_interval), TEST(test_the_interval_covers),
          TEST(test_levels), TEST(test_faults))
