/* How often a whole check is wrong: false alarms between sets of one and the
 * same program, and how often a slowdown is found. Every trial makes two whole
 * sets of records, of eight models at three tiers, and takes the answer that
 * `iomodels check` would exit by. All of it is seeded. */
#include "check_records.h"

#include <math.h>

#include "common/number.h"
#include "check_noise.h"
#include "random_unit.h"

enum { TRIALS = 100, MODELS = 8, TIERS = 3, CELLS = MODELS * TIERS };
enum { MEASURED_KINDS = 16, MEASURED_RUNS = 40 };

/* --- noise: what one run's figures are multiplied by --------------------- */

typedef void noise(struct random *r, unsigned round, unsigned cell,
                   double *value);

/* In a closed loop a run that is slower is so in all figures. */
static void run_noise(struct random *r, double slow, double *value, double tail)
{
    value[THROUGHPUT] *= exp(-slow);
    value[P50] *= exp(slow + 0.003 * random_normal(r));
    value[P99] *= exp(1.2 * slow + tail * random_normal(r));
    value[CPU] *= exp(0.5 * slow + 0.015 * random_normal(r));
}

/* A pinned machine with little else to do: 2 % from run to run, and now and
 * then a run that something disturbed. */
static void steady(struct random *r, unsigned round, unsigned cell,
                   double *value)
{
    double slow = 0.02 * random_normal(r);

    if (random_unit(r) < 0.03)
        slow += 0.05 + 0.10 * random_unit(r);
    run_noise(r, slow, value, 0.03);
}

/* Two modes, as loopback has them on Windows, and long tails. */
static void bimodal(struct random *r, unsigned round, unsigned cell,
                    double *value)
{
    double slow = 0.03 * random_normal(r) + (random_unit(r) < 0.35 ? 0.25 : 0);

    if (random_unit(r) < 0.08)
        slow += random_unit(r);
    run_noise(r, slow, value, 0.3);
}

/* A machine that warms up in the course of the comparison, and whose rounds
 * differ; the sets were measured by turns. */
static void drifting(struct random *r, unsigned round, unsigned cell,
                     double *value)
{
    static double shared;
    static unsigned last = UINT32_MAX;

    if (round != last)
        shared = 0.01 * round + 0.04 * random_normal(r);
    last = round;
    run_noise(r, shared + 0.02 * random_normal(r), value, 0.05);
}

/* Runs that were measured: tests/make_noise.py wrote the lines. */
static struct measured_kind {
    size_t count;
    double run[MEASURED_RUNS][METRICS];
} measured_kinds[MEASURED_KINDS];
static size_t measured_count;

static void measured_read(void)
{
    static char text[sizeof check_noise];
    struct measured_kind *kind = NULL;

    memcpy(text, check_noise, sizeof text);
    for (char *line = strtok(text, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        if (strstr(line, " connections, ") != NULL) {
            assert_true(measured_count < MEASURED_KINDS);
            kind = &measured_kinds[measured_count++];
        }
        if (line[0] == '#')
            continue;
        assert_true(kind != NULL && kind->count < MEASURED_RUNS);
        for (int m = 0; m < METRICS; m++) {
            kind->run[kind->count][m] = strtod(line, &line);
            assert_true(kind->run[kind->count][m] > 0);
            line += *line == ',';
        }
        kind->count++;
    }
}

/* One of the runs of one kind, with all its figures. */
static void measured(struct random *r, unsigned round, unsigned cell,
                     double *value)
{
    const struct measured_kind *kind = &measured_kinds[cell % measured_count];
    const double *run = kind->run[random_below(r, kind->count)];

    for (int m = 0; m < METRICS; m++)
        value[m] *= run[m];
}

/* --- trials -------------------------------------------------------------- */

static struct kind {
    const char *name;
    noise *noise_of;
    unsigned runs; /* of each cell, a side */
    /* The candidate is so much worse in all figures in the first cells. */
    unsigned cells;
    double by;
} kinds[] = {
    {"alarms_steady", steady, 8, 0, 0},
    {"alarms_bimodal", bimodal, 8, 0, 0},
    {"alarms_drifting", drifting, 8, 0, 0},
    {"alarms_measured", measured, 8, 0, 0},
    {"slower_model", steady, 8, TIERS, 0.10},
    {"slower_cell", steady, 10, 1, 0.10},
};

static void trial_run(const struct kind *k, struct random *r, unsigned cell,
                      unsigned side, unsigned round)
{
    static const char *const models[MODELS] = {"a", "b", "c", "d",
                                               "e", "f", "g", "h"};
    static const double tiers[TIERS] = {100, 1000, 4000};
    struct made_run run = {.model = models[cell / TIERS],
                           .connections = tiers[cell % TIERS],
                           .side = side,
                           .repeat = round,
                           .value = {9000, 11000, 15000, 90},
                           .valid = true};

    k->noise_of(r, round, cell, run.value);
    for (int m = 0; m < METRICS && side == 1 && cell < k->cells; m++)
        run.value[m] *= m == THROUGHPUT ? 1 / (1 + k->by) : 1 + k->by;
    made_add(&run);
}

/* How many of the trials end in an alarm, as the exit code would tell. */
static void trials(void **state)
{
    const struct kind *k = *state;
    struct random r = {UINT64_C(20261122) + k->runs};
    struct check_options options = made_options;
    unsigned count = 0;

    if (measured_count == 0)
        measured_read();
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        options.seed = trial;
        for (unsigned i = 0; i < CELLS * k->runs; i++)
            for (unsigned side = 0; side < 2; side++)
                trial_run(k, &r, i % CELLS, side, i / CELLS);
        compare(&options);
        assert_non_null(check);
        count += worse;
    }
    print_message("# %s: %u runs a side, %d comparisons, %.0f %% slower in %u "
                  "cells: an alarm in %u of %d checks\n",
                  k->name, k->runs, CELLS * METRICS, 100 * k->by, k->cells,
                  count, TRIALS);
    if (k->cells == 0)
        assert_in_range(count, 0, TRIALS / 100);
    else
        assert_in_range(count, TRIALS * 95 / 100, TRIALS);
}

/* Each takes most of a minute: an argument picks one. */
int main(int argc, char **argv)
{
    struct CMUnitTest tests[COUNT(kinds)];

    for (size_t i = 0; i < COUNT(kinds); i++)
        tests[i] = (struct CMUnitTest){kinds[i].name, trials, NULL, made_free,
                                       &kinds[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
