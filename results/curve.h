/* A curve: how latency grows with load, for each model, and the highest rate at
 * which it stays within a bound. Rates are messages a second, of all
 * connections together; latency counts from the intended time. */
#ifndef IOMODELS_CURVE_H
#define IOMODELS_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "results/record_set.h"
#include "results/table_format.h"

/* A rate that was tried, and what came of it; 0: not known. */
struct curve_point {
    double offered; /* 0: flat out, a closed loop */
    double achieved;
    double latency_us; /* the quantile of the bound */
    bool failed;       /* not valid: these are what was reached */
};

/* --- the search ---------------------------------------------------------- */

enum { CURVE_POINTS_MIN = 8, CURVE_POINTS_MAX = 100 };

/* The rate to try next, in addition to these in any order: from light to past
 * saturation, then within what is left of the bracket around the bound, which
 * is near the knee. 0: enough, or nothing is carried. `wanted`: rates in all,
 * without flat out, which comes first. */
double curve_next(const struct curve_point *points, size_t count, size_t wanted,
                  double bound_us);

/* Where the bound is reached. */
struct curve_limit {
    double low;  /* the highest rate that kept it; 0: none did */
    double high; /* the lowest above it that did not; 0: none was tried */
    double rate; /* between them, by the logarithms of their latencies */
    bool broken; /* a lower rate did not keep it either */
};
struct curve_limit curve_limit(const struct curve_point *points, size_t count,
                               double bound_us);

/* Whether the server was behind: it answered less than what was sent to it. */
bool curve_behind(const struct curve_point *point);

/* --- records ------------------------------------------------------------- */

/* A model's points, by the offered rate; the group of each. */
struct curve_line {
    const char *model;
    size_t count;
    struct curve_point *point;
    const struct record_group **group;
};

struct curve {
    const char *quantile; /* of the bound, in the record: "p99" */
    double bound_us;
    size_t count;
    struct curve_line *line; /* by model in the suite's order */
};

void curve_open(struct curve *curve, const struct record_set *set);
void curve_close(struct curve *curve);

/* "p99.9" of "p999". */
char *curve_quantile(const struct curve *curve); /* to free */

/* CPU of the server, and of wineserver under Wine, in % of one processor. */
struct summary curve_cpu(const struct record_group *group);

/* Whether a run is not valid for no other reason than that its rate was not
 * reached, as is expected past saturation. */
bool curve_only_behind(const cJSON *record);

/* What each model carries within the bound, beside flat out. To free. */
char *curve_make(const struct record_set *set, enum table_format format);

#endif
