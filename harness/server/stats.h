/* What is counted. Operations and bytes by each thread for itself, without a
 * lock; the sampler reads them all. When a thread ends, its counts are added to
 * a total and its struct is used again, so threads that come and go leave
 * nothing behind. Errors, which are rare, in one table under a lock. */
#ifndef IOMODELS_STATS_H
#define IOMODELS_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include "common/win.h"

/* A 64-bit count that one thread writes and any thread reads, without a lock
 * and without the price of one. */
struct counter {
    volatile uint64_t value;
};

static inline uint64_t counter_read(const struct counter *c)
{
#ifdef _WIN32
    /* Aligned 64-bit loads and stores are whole on 64-bit Windows, and
     * volatile keeps the compiler from splitting, joining or omitting any. */
    return c->value;
#else
    return win_load64(&c->value);
#endif
}

static inline void counter_set(struct counter *c, uint64_t value)
{
#ifdef _WIN32
    c->value = value;
#else
    win_store64(&c->value, value);
#endif
}

static inline void counter_add(struct counter *c, uint64_t more)
{
    counter_set(c, counter_read(c) + more);
}

/* Refusals that no system call failed for; bit 29 marks codes that are not
 * the system's. */
enum refused { REFUSED_LIMIT = 0x20000001, REFUSED_STOPPING = 0x20000002 };

struct error_count {
    DWORD code;
    uint64_t count;
};

/* Of all threads, under stats.error_lock. Room for all names that Windows has
 * for a socket's troubles; errors beyond are still counted, as `other`. */
enum { ERROR_COUNTS_MAX = 96 };
struct error_counts {
    uint32_t used;
    struct error_count entry[ERROR_COUNTS_MAX];
    uint64_t other;
};

/* What conn_advance touches comes first: with the pointer to the host, one
 * cache line. */
enum count {
    COUNT_RECV_BYTES,
    COUNT_SEND_BYTES,
    COUNT_RECVS,
    COUNT_SENDS,
    COUNT_PARTIAL_SENDS,
    COUNT_BLOCKED_SENDS,
    COUNT_OPENS,
    COUNT_CLOSES,
    COUNT_UNOPENED, /* opens to be taken back: opened, then refused */
    COUNT_REFUSED,
    COUNT_KINDS
};

struct host;

struct thread_stats {
    struct host *host;
    struct counter counts[COUNT_KINDS];
    struct thread_stats *next, *next_free;
    void *memory; /* this struct begins at a cache line of it */
};

struct stats {
    SRWLOCK lock;
    struct thread_stats *threads; /* ever made */
    struct thread_stats *free;
    uint64_t total[COUNT_KINDS]; /* of the threads that ended */
    SRWLOCK error_lock;
    struct error_counts errors, refusals;
};

void stats_open(struct stats *all);

/* Sums of all threads, past and present, at any time. Never shows a close
 * without its open. */
void stats_counts(struct stats *all, uint64_t sum[COUNT_KINDS]);

/* From the thread itself; stats_error is in model.h. */
void stats_refusal(struct thread_stats *stats, DWORD code);

/* "WSAECONNRESET", "connection_limit", "stopping". Static. */
const char *stats_error_name(DWORD code);

#endif
