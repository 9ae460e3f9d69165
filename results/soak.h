/* What a soak's records say: whether each server stayed level, lost nothing
 * and changed nothing, under traffic that comes, goes and misbehaves. */
#ifndef IOMODELS_SOAK_H
#define IOMODELS_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/load_dir.h"
#include "results/slope.h"

enum soak_level {
    SOAK_UNKNOWN, /* not sampled, or too seldom */
    SOAK_FLAT,    /* the slope's whole interval is within the limit */
    SOAK_NOISY,   /* it reaches beyond, and may be nothing */
    SOAK_GROWS    /* all of it is above, and either half of the time grew */
};

struct soak_metric {
    const char *column, *name; /* of the samples; for people */
    double scale;              /* people's unit in the column's */
    int decimals;
    double share, least; /* the limit: growth in the window of so much
                            of the mean, or of so much, if more */
};

/* Ends with a NULL column. */
extern const struct soak_metric soak_metrics[];

/* One metric of one run's measured window. */
struct soak_trend {
    enum soak_level level;
    struct slope slope;
    double limit_s; /* a second; the slope's limit */
};
struct soak_trend soak_trend_of(const cJSON *record,
                                const struct soak_metric *metric);

/* What a healthy connection came to that it should not: attempts that were not
 * served, connections that did not end FIN for FIN. */
double soak_lost(const cJSON *record);

/* The table for people, to free. *faults: how many runs grew, lost or changed
 * something, or are not valid. */
char *soak_make(const struct record_set *set, size_t *faults);

#endif
