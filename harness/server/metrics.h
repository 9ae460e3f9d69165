/* What the server costs, by the keys of PROTOCOL.md. */
#ifndef IOMODELS_METRICS_H
#define IOMODELS_METRICS_H

#include "server/host.h"
#include <cJSON.h>

enum metric {
    METRIC_CONNECTIONS,
    METRIC_ACCEPTED,
    METRIC_OPENS,
    METRIC_CLOSES,
    METRIC_REFUSED,
    METRIC_RECV_BYTES,
    METRIC_SEND_BYTES,
    METRIC_RECVS,
    METRIC_SENDS,
    METRIC_PARTIAL_SENDS,
    METRIC_BLOCKED_SENDS,
    METRIC_USER_US,
    METRIC_KERNEL_US,
    METRIC_CYCLES,
    METRIC_WORKING_SET,
    METRIC_PEAK_WORKING_SET,
    METRIC_PRIVATE,
    METRIC_PAGED_POOL,
    METRIC_NONPAGED_POOL,
    METRIC_THREADS,
    METRIC_HANDLES,
    METRIC_CONTEXT_SWITCHES,
    METRIC_SYSTEM_BUSY_US,
    METRIC_SYSTEM_IDLE_US,
    METRIC_SYSTEM_NONPAGED_POOL,
    METRIC_WINESERVER_USER_US, /* this and below: Wine only */
    METRIC_WINESERVER_KERNEL_US,
    METRIC_HOST_TCP_MEMORY,
    METRIC_COUNT
};

struct metrics {
    int64_t t_us; /* when counts and processor times were read */
    uint64_t value[METRIC_COUNT];
    const char *unknown[METRIC_COUNT]; /* why there is no value; or NULL */
};

/* Once, before the first measure. */
void metrics_open(void);

/* One caller at a time. `exact`: a mark is worth more than a timed sample. */
void metrics_measure(struct host *host, bool exact, struct metrics *m);

/* Adds the values, null where unknown; and the reasons of the unknown. */
void metrics_json(const struct metrics *m, cJSON *to);
void metrics_unknown_json(const struct metrics *m, cJSON *unknown);

#endif
