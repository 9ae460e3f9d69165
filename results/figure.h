/* One figure of a group of runs: its median, and how sure it is. */
#ifndef IOMODELS_FIGURE_H
#define IOMODELS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include "results/load_dir.h"

struct figure {
    size_t count;             /* runs that have a value; 0: not known */
    double median, low, high; /* 95 % interval; the median itself for one run */
    size_t outliers;          /* they stay in */
    const char *why;          /* when count is 0; the record's, or static */
};

/* How many runs of the group are valid. */
size_t group_valid(const struct record_group *group);

/* The number at `pointer` times `scale`, over the group's valid runs, or, if
 * none is, over all of them. Always the same interval for the same records. */
struct figure figure_of(const struct record_group *group, const char *pointer,
                        double scale);

/* Of what was computed of each run; `why` is left to the caller. */
struct figure figure_of_values(const double *values, size_t count);

/* Why a record has null at `pointer`: the reason of the null itself or of what
 * it stands in; the record's, or static. */
const char *figure_why(const cJSON *record, const char *pointer);

/* Over the runs of one kind only. */
struct figure figure_of_runs(const struct record_group *group, bool valid,
                             const char *pointer, double scale);

/* A measure that tables show: where it is in a record, and its names. */
struct measure {
    const char *name;    /* for CSV, with the unit: "memory_bytes" */
    const char *heading; /* for people, lines parted by \n, with the unit */
    const char *pointer;
    double scale; /* from the record's unit to the heading's */
    int decimals;
    bool wine;   /* only where Wine's records know it */
    bool spread; /* people want its interval, too; CSV has them all */
};
extern const struct measure table_measures[]; /* ends with a NULL name */

#endif
