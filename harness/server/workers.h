/* The accounts of threads. Each thread writes its own, without a lock; the
 * sampler reads them all. When a thread leaves, its account is added to a
 * total and used again, so threads that come and go leave nothing behind. */
#ifndef IOMODELS_WORKERS_H
#define IOMODELS_WORKERS_H

#include "model.h"
#include "server/counter.h"
#include "server/region.h"
#include "server/tally.h"

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

struct worker {
    struct host *host;
    struct counter counts[COUNT_KINDS];
    struct worker *next_free;
    struct tally errors, refusals;
};

struct workers {
    struct host *host;
    SRWLOCK lock;
    struct region accounts; /* struct worker, cache lines apart */
    uint32_t used;          /* accounts ever made */
    struct worker *free;
    uint64_t total[COUNT_KINDS]; /* of the threads that left */
    struct tally_sum errors, refusals;
};

bool workers_open(struct workers *all, struct host *host, uint32_t limit);
void workers_close(struct workers *all);

/* Sums of all threads, past and present, at any time. Never shows a close
 * without its open. */
void workers_counts(struct workers *all, uint64_t sum[COUNT_KINDS]);

/* Moves what is left in accounts into all->errors and all->refusals; once the
 * model's threads are done. */
void workers_settle(struct workers *all);

/* From the worker's thread; worker_error is in model.h. */
void worker_refusal(struct worker *w, DWORD code);

#endif
