/* Judges a soak's records: whether each server's memory, handles and threads
 * stayed level, and whether it lost or changed anything under traffic that
 * comes, goes and misbehaves. */
#ifndef IOMODELS_SOAK_H
#define IOMODELS_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/record_set.h"

/* The least-squares line through samples, and the 95 % interval of its slope.
 * Neighbouring samples are correlated, so the line goes through the means of
 * blocks of them, which hardly are. */
enum { SLOPE_BLOCKS_MIN = 5, SLOPE_BLOCKS_MAX = 20 };
struct slope {
    size_t blocks;
    double mean;          /* of the values */
    double span_s;        /* from the first sample to the last */
    double per_s;         /* change of the value per second */
    double low_s, high_s; /* its 95 % interval */
};

/* `at_s` ascends. False: fewer than 2 * SLOPE_BLOCKS_MIN values, or no time
 * passed. */
bool slope_fit(const double *at_s, const double *value, size_t count,
               struct slope *slope);

enum soak_level {
    SOAK_UNKNOWN, /* too few samples */
    SOAK_FLAT,    /* the slope's whole interval is within the limit */
    SOAK_NOISY,   /* it reaches beyond the limit */
    SOAK_GROWS    /* it is above the limit, and both halves of the time grew */
};

struct soak_metric {
    const char *column, *name; /* of the samples; heading with the unit */
    double scale;              /* the heading's unit in the column's */
    int decimals;
    double share, least; /* allowed growth in the window: the larger of a
                            share of the mean and this */
};
extern const struct soak_metric soak_metrics[]; /* ends with a NULL column */

/* One metric of one run's measured window. */
struct soak_trend {
    enum soak_level level;
    struct slope slope;
    double limit_s; /* of the slope, per second */
};
struct soak_trend soak_trend_of(const cJSON *record,
                                const struct soak_metric *metric);

/* Healthy connections that were not served or did not end FIN for FIN. */
double soak_lost(const cJSON *record);

/* The table, to free. *faults: how many runs grew, lost or changed something,
 * could not be judged or are not valid. */
char *soak_make(const struct record_set *set, size_t *faults);

#endif
