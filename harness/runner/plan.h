/* Which runs a comparison is made of, in which order, and how long it takes.
 *
 * A round holds each model at each number of connections once, in an order of
 * its own; repeats are whole rounds. So a machine that changes in the course
 * of a comparison (heat, neighbours) burdens all models alike. */
#ifndef IOMODELS_PLAN_H
#define IOMODELS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

enum plan_state { PLAN_MISSING, PLAN_VALID, PLAN_INVALID };

struct plan_run {
    const char *model;
    uint32_t connections;
    uint32_t repeat; /* from 1 */
    enum plan_state state;
    bool disturbed;        /* and not valid for no other reason */
    uint32_t records;      /* so far: a disturbed run is measured again */
    bool saturated;        /* its load generator, and a thread more may help */
    uint32_t load_threads; /* to use; 0: the load generator's own number */
    double seconds;        /* it took; 0 while missing */
    double rate;           /* round trips/s; 0 while not known */
    double offered;        /* of a curve: messages/s, 0: flat out */
    double latency_us;     /* of a curve: its quantile; 0 while not known */
};

struct plan {
    uint64_t seed;
    uint32_t repeats;
    double window_s; /* warm-up and measuring: what each run takes at least */
    size_t points;   /* of a curve: the rates of each model; 0: no curve */
    size_t count;
    struct plan_run *runs; /* in the order of running; place is index + 1 */
};

/* All models, which end with NULL, at all tiers but the skipped ones
 * (results/skipped.h). The models' names are kept, not copied. The same seed
 * gives the same order on every platform. Free with plan_free. */
void plan_make(struct plan *plan, const char *const *models,
               const uint32_t *connections, size_t tiers, uint32_t repeats,
               uint64_t seed, const cJSON *skipped);
void plan_free(struct plan *plan);

/* Adds a round of what the first one holds, in an order of its own: the same
 * for the same seed and round. */
void plan_extend(struct plan *plan);

/* Of a curve, which begins with all models flat out: adds a rate for each model
 * by what is known so far (results/curve.h), in an order of its own. False:
 * there is none to add. */
bool plan_search(struct plan *plan, double bound_us);

/* The run at a place, from 1, of a curve that is resumed. The plan grows up to
 * that place; runs that stay empty are unknown, and are not run. */
struct plan_run *plan_place(struct plan *plan, size_t place);

/* How many runs there will be, as far as is known. */
size_t plan_total(const struct plan *plan);

size_t plan_missing(const struct plan *plan);

/* The seed of a run's bytes, from the plan's: 53 bits, exact in JSON. */
uint64_t plan_run_seed(const struct plan *plan, size_t index);

/* Seconds until all that is missing has run, from what is known so far. */
double plan_left(const struct plan *plan);

/* A comparison has been repeated often enough once the 95 % interval of every
 * model's round trips/s at every tier is narrow. With fewer runs the
 * bootstrap's interval of a median is no wider than they happen to lie, and
 * often misses it. */
enum { PLAN_RUNS_MIN = 5 };

/* "iocp 100 (3.1 %), select 4,000 (0 valid runs)": which intervals are wider
 * than `share` (0.02: +-2 % of the median), to free; "" when all are narrow.
 * *done: all has run, and none is wider that a further round could narrow. */
char *plan_wide(const struct plan *plan, double share, bool *done);

#endif
