/* What a load counts and times. Each thread has its own and writes it alone;
 * counts may be read by others at any time, times only after it ended. */
#ifndef IOMODELS_STATS_H
#define IOMODELS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>
#include <hdr/hdr_histogram.h>

#include "common/sync.h"

/* How an attempt ended; harness/PROTOCOL.md "Outcomes and ends". */
enum outcome {
    OUTCOME_CONNECTED,
    OUTCOME_REFUSED,
    OUTCOME_TIMED_OUT,
    OUTCOME_UNSERVED,
    OUTCOME_CLOSED,
    OUTCOME_RESET,
    OUTCOME_NO_BUFFERS,
    OUTCOME_NO_PORTS,
    OUTCOME_NO_FILES,
    OUTCOME_UNREACHABLE,
    OUTCOME_MISMATCH,
    OUTCOME_ABANDONED,
    OUTCOME_OTHER,
    OUTCOMES
};
const char *outcome_name(enum outcome outcome);

/* How a connection ended. */
enum end {
    END_COMPLETED,
    END_CLOSED,
    END_RESET,
    END_TIMED_OUT,
    END_MISMATCH,
    END_ABORTED,
    END_OTHER,
    ENDS
};
const char *end_name(enum end end);

enum counter {
    COUNTER_ATTEMPTED,
    COUNTER_RETRIED_REFUSED, /* tries that were not the attempt's last */
    COUNTER_RETRIED_TIMED_OUT,
    COUNTER_CONNECTING, /* now */
    COUNTER_CONNECTED,
    COUNTER_OPEN, /* now */
    COUNTER_SENT_BYTES,
    COUNTER_RECEIVED_BYTES,
    COUNTER_MESSAGES_SENT,
    COUNTER_MESSAGES_ECHOED,
    COUNTERS
};
const char *counter_name(enum counter counter);

/* One thread's, live. */
struct counts {
    struct sync_count counter[COUNTERS], outcomes[OUTCOMES], ends[ENDS];
};

/* All threads', at one moment. */
struct totals {
    uint64_t counter[COUNTERS], outcomes[OUTCOMES], ends[ENDS];
};
void totals_add(struct totals *totals, const struct counts *counts);

/* attempted = sum of outcomes, connected = sum of ends, at the end of a run.
 * False, and why in text[size]. */
bool totals_agree(const struct totals *totals, char *text, size_t size);

/* Histograms of nanoseconds, three significant digits. */
enum { TIMES_TURNS_UNIT = 1000 };
struct times {
    struct hdr_histogram *from_send;     /* in the window */
    struct hdr_histogram *from_intended; /* the same; NULL: no schedule */
    struct hdr_histogram *first_echo;    /* all connections */
    struct hdr_histogram *connect;       /* all that reached the server */
    struct hdr_histogram
        *turns; /* 1/TIMES_TURNS_UNIT rounds; NULL: not asked */
};
/* False: no memory. */
bool times_init(struct times *times, bool intended, bool turns);
void times_add(struct times *times, const struct times *from);
void times_free(struct times *times);
void times_record(struct hdr_histogram *histogram, int64_t ns);
void times_record_many(struct hdr_histogram *histogram, int64_t ns,
                       int64_t count);

/* "latency_us" of the final line. */
cJSON *times_json(const struct times *times);

/* "turns" of the final line: null when it was not asked for. */
cJSON *times_turns_json(const struct times *times);

#endif
