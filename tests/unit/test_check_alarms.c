/* How often a whole check is wrong: false alarms between sets of one and the
 * same program, and how often a slowdown is found. Every trial makes two whole
 * sets of records, of eight models at three tiers, and takes the answer that
 * `iomodels check` would exit by. All of it is seeded. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/number.h"
#include "check_noise.h"
#include "check_records.h"
#include "random_unit.h"

enum { TRIALS = 200, MODELS = 8, TIERS = 3, RUNS_MAX = 20 };
enum { MEASURED_KINDS = 16, MEASURED_RUNS = 40 };
static const char *const models[MODELS] = {"a", "b", "c", "d",
                                           "e", "f", "g", "h"};
static const double tiers[TIERS] = {100, 1000, 4000};

/* --- noise --------------------------------------------------------------- */

/* What one run's figures are multiplied by. In a closed loop a run that is
 * slower is so in all of them. */
static void run_noise(struct random *r, double slow, double value[METRICS],
                      double tail)
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
    static unsigned last = RUNS_MAX + 1;

    (void)cell;
    if (round != last)
        shared = 0.01 * round + 0.04 * random_normal(r);
    last = round;
    run_noise(r, shared + 0.02 * random_normal(r), value, 0.05);
}

/* Runs that were measured: tests/make_noise.py wrote the lines. */
struct measured_kind {
    size_t count;
    double run[MEASURED_RUNS][METRICS];
};
static struct measured_kind measured_kinds[MEASURED_KINDS];
static size_t measured_count;

static void measured_line(const char *line)
{
    struct measured_kind *kind;
    double *run;
    char *end;

    if (line[0] == '#') {
        if (strstr(line, " connections, ") != NULL)
            assert_true(measured_count++ < MEASURED_KINDS);
        return;
    }
    assert_true(measured_count > 0);
    kind = &measured_kinds[measured_count - 1];
    assert_true(kind->count < MEASURED_RUNS);
    run = kind->run[kind->count++];
    for (int m = 0; m < METRICS; m++) {
        run[m] = strtod(line, &end);
        assert_true(end > line && run[m] > 0);
        line = end + (*end == ',');
    }
}

static void measured_read(void)
{
    static char text[sizeof check_noise];

    if (measured_count > 0)
        return;
    memcpy(text, check_noise, sizeof text);
    for (char *line = strtok(text, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
        measured_line(line);
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

typedef void noise(struct random *r, unsigned round, unsigned cell,
                   double *value);

/* --- trials -------------------------------------------------------------- */

/* What the candidate has changed: models from `first` on, `count` tiers of
 * them, all figures `by` worse. */
struct change {
    unsigned models, tiers;
    double by;
};

static cJSON *trial_run(struct random *r, noise *noise_of, unsigned cell,
                        unsigned side, unsigned round,
                        const struct change *change)
{
    struct made_run run = {.model = models[cell / TIERS],
                           .connections = tiers[cell % TIERS],
                           .side = side,
                           .repeat = round,
                           .value = {9000, 11000, 15000, 90},
                           .valid = true};

    noise_of(r, round, cell, run.value);
    if (side == 1 && cell / TIERS < change->models &&
        cell % TIERS < change->tiers) {
        run.value[THROUGHPUT] /= 1 + change->by;
        for (int m = P50; m < METRICS; m++)
            run.value[m] *= 1 + change->by;
    }
    return made_record(&run);
}

static void trial_sets(struct random *r, noise *noise_of, unsigned runs,
                       const struct change *change, struct record_set **sets)
{
    const unsigned cells = MODELS * TIERS;

    cJSON **records[2];

    for (unsigned side = 0; side < 2; side++) {
        records[side] = calloc(cells * runs, sizeof(cJSON *));
        assert_non_null(records[side]);
    }
    for (unsigned round = 0; round < runs; round++)
        for (unsigned cell = 0; cell < cells; cell++)
            for (unsigned side = 0; side < 2; side++)
                records[side][round * cells + cell] =
                    trial_run(r, noise_of, cell, side, round, change);
    for (unsigned side = 0; side < 2; side++)
        sets[side] = records_group(records[side], cells * runs);
}

/* The answer of a check, as its exit code would give it. */
static bool alarmed(const struct record_set *const sets[2], uint64_t seed)
{
    struct check_options options = made_options;
    struct check *check;
    char *why;
    bool worse;

    options.seed = seed;
    check = check_make(sets, &options, &why);
    assert_non_null(check);
    worse = check->verdicts[CHECK_REGRESSION] > 0;
    check_free(check);
    return worse;
}

static unsigned alarms(noise *noise_of, unsigned runs,
                       const struct change *change)
{
    struct random r = {UINT64_C(20261122) + runs};
    unsigned count = 0;

    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct record_set *sets[2];

        trial_sets(&r, noise_of, runs, change, sets);
        count +=
            alarmed((const struct record_set *[]){sets[0], sets[1]}, trial);
        records_free(sets[0]);
        records_free(sets[1]);
    }
    return count;
}

static const struct change nothing = {0, 0, 0};

static void no_false_alarms_of(const char *name, noise *noise_of, unsigned runs)
{
    unsigned count = alarms(noise_of, runs, &nothing);

    print_message("# %s noise, %u runs a side, %d comparisons: %u of %d "
                  "checks gave a false alarm\n",
                  name, runs, MODELS * TIERS * METRICS, count, TRIALS);
    assert_in_range(count, 0, TRIALS / 100);
}

static void alarms_steady(void **state)
{
    (void)state;
    no_false_alarms_of("steady", steady, 8);
}

static void alarms_bimodal(void **state)
{
    (void)state;
    no_false_alarms_of("bimodal", bimodal, 8);
}

static void alarms_drifting(void **state)
{
    (void)state;
    no_false_alarms_of("drifting", drifting, 8);
}

static void alarms_measured(void **state)
{
    (void)state;
    measured_read();
    no_false_alarms_of("measured", measured, 8);
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
    const struct change model = {1, TIERS, 0.10};

    (void)state;
    finds("one model", 8, &model);
}

static void slower_cell(void **state)
{
    const struct change cell = {1, 1, 0.10};

    (void)state;
    finds("one model at one tier", 10, &cell);
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
