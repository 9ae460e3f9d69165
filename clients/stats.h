/* What a load generator counts, times and costs. Each thread writes its own;
 * counts may be read by others at any time, times only after it ended. */
#ifndef IOMODELS_STATS_H
#define IOMODELS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>
#include <hdr/hdr_histogram.h>

#include "common/sync.h"

/* What this process costs. */
struct usage {
    uint64_t user_us, kernel_us; /* of this process */
    uint64_t working_set_bytes;
    uint64_t system_busy_us, system_idle_us; /* all processors */
    /* The processors that this process may run on; Windows only. */
    uint64_t usable_busy_us;
    /* Linux only: time that threads were ready and waited for a processor, and
     * that a host took from all processors. */
    bool scheduler;
    uint64_t run_delay_us, steal_us;
};
void usage_take(struct usage *usage);

#define COUNTER(constant, key) constant,
enum counter {
#include "clients/counter_list.h"
    COUNTERS
};
#undef COUNTER
extern const char *const counter_names[COUNTERS];

/* One thread's, live. */
struct counts {
    struct sync_count of[COUNTERS];
};

/* All threads', at one moment. */
struct totals {
    uint64_t of[COUNTERS];
};
void totals_add(struct totals *totals, const struct counts *counts);

/* attempted = sum of outcomes, connected = sum of ends, at the end of a run. */
bool totals_agree(const struct totals *totals);

enum timed {
    TIMED_FROM_SEND,     /* in the window */
    TIMED_FROM_INTENDED, /* the same; NULL: no schedule */
    TIMED_FIRST_ECHO,    /* all connections */
    TIMED_CONNECT,       /* all that reached the server */
    TIMED_LATENESS,      /* in the window: from when a message was due by its
                            schedule, rate or pause until the load thread came
                            to send it; NULL: none is due at a time */
    TIMED_TURNS,         /* 1/TIMED_TURNS_UNIT rounds; NULL: not requested */
    TIMEDS
};

/* Histograms of nanoseconds, three significant digits. */
enum { TIMED_TURNS_UNIT = 1000 };
struct times {
    struct hdr_histogram *of[TIMEDS];
};
void times_init(struct times *times, bool intended, bool lateness, bool turns);
void times_add(struct times *times, const struct times *from);
void times_free(struct times *times);

/* So many values of so many nanoseconds, an hour at most. */
void times_record(struct hdr_histogram *histogram, int64_t ns, int64_t count);

/* "latency_us" and "turns" of the final line. */
void times_json(const struct times *times, cJSON *final);

#endif
