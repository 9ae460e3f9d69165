/* One figure of a group of runs: its median, and how sure it is. */
#ifndef IOMODELS_SUMMARY_H
#define IOMODELS_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include "results/record_set.h"

struct summary {
    size_t count;             /* runs that have a value; 0: not known */
    double median, low, high; /* SUMMARY_SPREAD; one run: all the same */
    size_t outliers;          /* they stay in */
    const char *why;          /* when count is 0; the record's, or static */
};

/* What low..high of several runs is. Of fewer than 5 the bootstrap's bounds are
 * the lowest and the highest value, which hold the median in 50 (two runs) to
 * 87.5 % (four) of all cases: that is no 95 % interval, and not called one. */
#define SUMMARY_SPREAD                                                         \
    "the bootstrap 95 % interval of the median, with fewer than 5 runs the "   \
    "lowest to the highest"

/* How many of the records are so. */
size_t records_which(cJSON *const *records, size_t count,
                     bool (*is)(const cJSON *record));

/* How many runs of the group are valid; how many of these were disturbed. */
size_t group_valid(const struct record_group *group);
size_t group_disturbed(const struct record_group *group);

/* The run with the most attempts that did not connect, and how many; NULL: all
 * connected. */
const cJSON *group_worst(const struct record_group *group, double *missing);

/* The numbers at `pointer` of the runs that are valid (or not), to free, and
 * why the last run without one has none; NULL: all have one. */
double *group_values(const struct record_group *group, bool valid,
                     const char *pointer, size_t *count, const char **why);

/* The number at `pointer` times `scale`, over the group's valid runs, or, if
 * none is, over all of them. Always the same interval for the same records. */
struct summary summary_of(const struct record_group *group, const char *pointer,
                          double scale);

/* Of what was computed of each run; `why` is left to the caller. */
struct summary summary_of_values(const double *values, size_t count);

/* Why a record has null at `pointer`: the reason of the null itself or of what
 * it stands in; the record's, or static. */
const char *summary_why(const cJSON *record, const char *pointer);

/* Over the runs of one kind only. */
struct summary summary_of_runs(const struct record_group *group, bool valid,
                               const char *pointer, double scale);

#endif
