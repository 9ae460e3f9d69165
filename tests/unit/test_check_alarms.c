/* How often a whole check is wrong: false alarms between sets of one and the
 * same program, and how often a slowdown is found. Every trial makes two whole
 * sets of records, of eight models at three tiers, and takes the answer that
 * `iomodels check` would exit by. All of it is seeded. */
#include <math.h>

#include "records.h"
#include "common/number.h"
#include "results/check.h"
#include "check_noise.h"
#include "random_unit.h"

/* In the order of figure_check. */
enum { THROUGHPUT, P50, P99, CPU, METRICS };

enum { TRIALS = 100, MODELS = 8, TIERS = 3, CELLS = MODELS * TIERS };
enum { MEASURED_KINDS = 6, MEASURED_RUNS = 40 };

/* --- noise: what one run's figures are multiplied by --------------------- */

static struct kind {
    const char *name;
    unsigned runs; /* of each cell, a side */
    /* The candidate is so much worse in all figures in the first cells. */
    unsigned cells;
    double by;
    /* Of a run's slowness: spread, share of runs in a second mode, share that
     * something disturbed and by how much at most; drift from round to round;
     * spread of the tail. */
    double spread, mode, disturbed, at_most, drift, tail;
} kinds[] = {
    /* A pinned machine with little else to do. */
    {"alarms_steady", 8, 0, 0, 0.02, 0, 0.03, 0.15, 0, 0.03},
    /* Two modes, as loopback has them on Windows, and long tails. */
    {"alarms_bimodal", 8, 0, 0, 0.03, 0.35, 0.08, 1, 0, 0.3},
    /* A machine that warms up; the sets were measured by turns. */
    {"alarms_drifting", 8, 0, 0, 0.02, 0, 0, 0, 0.01, 0.05},
    /* Runs that were measured: tests/make_noise.py wrote the lines. */
    {"alarms_measured", 8, 0, 0, 0, 0, 0, 0, 0, 0},
    {"slower_model", 8, TIERS, 0.10, 0.02, 0, 0.03, 0.15, 0, 0.03},
    {"slower_cell", 10, 1, 0.10, 0.02, 0, 0.03, 0.15, 0, 0.03},
};

/* In a closed loop a run that is slower is so in all figures. */
static void made_noise(const struct kind *k, struct random *r, unsigned round,
                       double *value)
{
    double slow = k->spread * random_normal(r) + k->drift * round;

    slow += random_unit(r) < k->mode ? 0.25 : 0;
    slow += random_unit(r) < k->disturbed ? k->at_most * random_unit(r) : 0;
    value[THROUGHPUT] *= exp(-slow);
    value[P50] *= exp(slow + 0.003 * random_normal(r));
    value[P99] *= exp(1.2 * slow + k->tail * random_normal(r));
    value[CPU] *= exp(0.5 * slow + 0.015 * random_normal(r));
}

/* Each kind has a heading, which says how many lines of runs follow. */
static struct {
    unsigned count;
    double run[MEASURED_RUNS][METRICS];
} measured[MEASURED_KINDS + 1]; /* the last stays empty */
static size_t measured_kinds;

static void measured_read(void)
{
    unsigned wanted = 0, count = 0;

    for (const char *line = check_noise; line != NULL;
         line = strchr(line + 1, '\n')) {
        double *run = measured[measured_kinds].run[count % MEASURED_RUNS];

        sscanf(line, " # %*[^,], %*u connections, %u runs", &wanted);
        count += sscanf(line, " %lf,%lf,%lf,%lf", &run[0], &run[1], &run[2],
                        &run[3]) == METRICS;
        if (count > 0 && count == wanted) {
            measured[measured_kinds++].count = count;
            count = 0;
        }
    }
    assert_int_equal(measured_kinds, MEASURED_KINDS);
    assert_int_equal(count, 0);
}

/* One of the runs of one kind, with all its figures. */
static void measured_noise(struct random *r, unsigned cell, double *value)
{
    size_t kind = cell % MEASURED_KINDS;
    size_t run = random_below(r, measured[kind].count);

    for (int m = 0; m < METRICS; m++)
        value[m] *= measured[kind].run[run][m];
}

/* --- trials -------------------------------------------------------------- */

/* A record with nothing in it but what a check reads; the sides' were started
 * by turns. */
static cJSON *trial_run(const struct kind *k, struct random *r, unsigned cell,
                        unsigned side, unsigned round)
{
    static const int tiers[TIERS] = {100, 1000, 4000};
    double value[METRICS] = {9000, 11000, 15000, 90};
    const char model = (char)('a' + cell / TIERS);
    const int connections = tiers[cell % TIERS];

    if (k->spread > 0)
        made_noise(k, r, round, value);
    else
        measured_noise(r, cell, value);
    for (int m = 0; m < METRICS && side == 1 && cell < k->cells; m++)
        value[m] *= m == THROUGHPUT ? 1 / (1 + k->by) : 1 + k->by;
    return json_made(text_make(
        "{'schema':'iomodels/run','id':'%u-%u-%u',"
        "'started_at':'2026-01-01T%02u:%02u:00.000Z','valid':true,"
        "'asked':{'model':'%c','connections':%d,'pattern':'echo'},"
        "'connections':{'attempted':%d,'connected':%d},"
        "'throughput':{'round_trips_per_s':%.17g},"
        "'latency_us':{'from_send':{'p50':%.17g,'p99':%.17g}},"
        "'cpu':{'per_round_trip_us':{'total':%.17g}}}",
        side, round, cell, round, side, model, connections, connections,
        connections, value[THROUGHPUT], value[P50], value[P99], value[CPU]));
}

/* Whether a check of two whole sets ends in an alarm. */
static bool alarm_of(const struct kind *k, struct random *r, uint64_t seed)
{
    static const char *const names[] = {"old", "new"};
    const struct check_options options = {0.05, seed, UINT32_MAX, CHECK_TEXT};
    const unsigned count = CELLS * k->runs;
    cJSON **records[2];
    struct record_set *sets[2];
    bool worse;

    for (int side = 0; side < 2; side++)
        records[side] = calloc(count, sizeof(cJSON *));
    for (unsigned i = 0; i < count; i++)
        for (unsigned side = 0; side < 2; side++)
            records[side][i] = trial_run(k, r, i % CELLS, side, i / CELLS);
    for (int side = 0; side < 2; side++)
        sets[side] = records_group(records[side], count);
    free(check_make((const struct record_set *[]){sets[0], sets[1]}, names,
                    &options, &worse));
    for (int side = 0; side < 2; side++)
        records_free(sets[side]);
    return worse;
}

/* How many of the trials end in an alarm, as the exit code would tell. */
static void trials(void **state)
{
    const struct kind *k = *state;
    struct random r = {UINT64_C(20261122) + k->runs};
    unsigned count = 0;

    if (measured_kinds == 0)
        measured_read();
    for (unsigned trial = 0; trial < TRIALS; trial++)
        count += alarm_of(k, &r, trial);
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
        tests[i] =
            (struct CMUnitTest){kinds[i].name, trials, NULL, NULL, &kinds[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
