/* How often a whole check is wrong: false alarms between sets of one and the
 * same program, and how often a slowdown is found. Every trial makes two whole
 * sets of records, of eight models at three tiers, and takes the answer that
 * `iomodels check` would exit by. All of it is seeded. */
#include "check_records.h"

#include <math.h>

#include "common/number.h"
#include "check_noise.h"
#include "random_unit.h"

enum { TRIALS = 200, MODELS = 8, TIERS = 3, CELLS = MODELS * TIERS };
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

    (void)round;
    (void)cell;
    if (random_unit(r) < 0.03)
        slow += 0.05 + 0.10 * random_unit(r);
    run_noise(r, slow, value, 0.03);
}

/* Two modes, as loopback has them on Windows, and long tails. */
static void bimodal(struct random *r, unsigned round, unsigned cell,
                    double *value)
{
    double slow = 0.03 * random_normal(r) + (random_unit(r) < 0.35 ? 0.25 : 0);

    (void)round;
    (void)cell;
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

    (void)cell;
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

    (void)round;
    for (int m = 0; m < METRICS; m++)
        value[m] *= run[m];
}

/* --- trials -------------------------------------------------------------- */

/* The candidate is so much worse in all figures in the first cells. */
struct change {
    unsigned cells;
    double by;
};

static void trial_run(struct random *r, noise *noise_of, unsigned cell,
                      unsigned side, unsigned round,
                      const struct change *change)
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

    noise_of(r, round, cell, run.value);
    for (int m = 0; m < METRICS && side == 1 && cell < change->cells; m++)
        run.value[m] *= m == THROUGHPUT ? 1 / (1 + change->by) : 1 + change->by;
    made_add(&run);
}

/* How many of the trials end in an alarm, as the exit code would tell. */
static unsigned alarms(noise *noise_of, unsigned runs,
                       const struct change *change)
{
    struct random r = {UINT64_C(20261122) + runs};
    unsigned count = 0;

    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct check_options options = made_options;

        options.seed = trial;
        for (unsigned i = 0; i < CELLS * runs; i++)
            for (unsigned side = 0; side < 2; side++)
                trial_run(&r, noise_of, i % CELLS, side, i / CELLS, change);
        compare(&options);
        assert_non_null(check);
        count += check->verdicts[CHECK_REGRESSION] > 0;
    }
    made_free(NULL);
    return count;
}

static void no_false_alarms(const char *name, noise *noise_of)
{
    const unsigned runs = 8;
    unsigned count = alarms(noise_of, runs, &(struct change){0, 0});

    print_message("# %s noise, %u runs a side, %d comparisons: %u of %d "
                  "checks gave a false alarm\n",
                  name, runs, CELLS * METRICS, count, TRIALS);
    assert_in_range(count, 0, TRIALS / 100);
}

static void alarms_steady(void **state)
{
    no_false_alarms("steady", steady);
}

static void alarms_bimodal(void **state)
{
    no_false_alarms("bimodal", bimodal);
}

static void alarms_drifting(void **state)
{
    no_false_alarms("drifting", drifting);
}

static void alarms_measured(void **state)
{
    measured_read();
    no_false_alarms("measured", measured);
}

static void finds(const char *what, unsigned runs, const struct change *change)
{
    unsigned count = alarms(steady, runs, change);

    print_message("# %.0f %% slower in %s, %u runs a side: found in %u of %d "
                  "checks\n",
                  100 * change->by, what, runs, count, TRIALS);
    assert_in_range(count, TRIALS * 95 / 100, TRIALS);
}

static void slower_model(void **state)
{
    finds("one model", 8, &(struct change){TIERS, 0.10});
}

static void slower_cell(void **state)
{
    finds("one model at one tier", 10, &(struct change){1, 0.10});
}

/* Each takes most of a minute: an argument picks one. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_steady),   cmocka_unit_test(alarms_bimodal),
        cmocka_unit_test(alarms_drifting), cmocka_unit_test(alarms_measured),
        cmocka_unit_test(slower_model),    cmocka_unit_test(slower_cell),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
