/* Between explain.c, which finds the cell, and explain_steps.c, which follows
 * it into one record. */
#ifndef IOMODELS_EXPLAIN_PARTS_H
#define IOMODELS_EXPLAIN_PARTS_H

#include "results/explain.h"
#include "results/text.h"

/* How a column is computed from a run's samples. */
enum explain_kind {
    EXPLAIN_LEVEL,    /* metric at the mark `end` */
    EXPLAIN_GROWTH,   /* metric at `end` less at `empty` */
    EXPLAIN_RATE,     /* its growth over the window / seconds */
    EXPLAIN_SHARE,    /* 100 x growth of metric and second / microseconds */
    EXPLAIN_MOST,     /* the highest of all samples */
    EXPLAIN_PER_TRIP, /* processor time a second / round trips a second */
    EXPLAIN_QUANTILE, /* of the histogram */
    EXPLAIN_OUTCOME,  /* counted by the load, whole run */
    EXPLAIN_ASKED     /* as it was asked for */
};

struct explain_recipe {
    const char *column;
    enum explain_kind kind;
    const char *stream;          /* "server", "load" */
    const char *metric, *second; /* columns of its samples */
    double quantile;
    const char *pointer, *formula;
};

/* NULL: no such column. */
const struct explain_recipe *explain_recipe(const char *column);
extern const struct explain_recipe explain_recipes[]; /* ends with NULL */

/* The lines of one record: its samples and the sum done again. */
void explain_steps(struct text *out, const struct explain_recipe *recipe,
                   const cJSON *record);

#endif
