#include "server/workers.h"
#include "server/host.h"

enum { WORKERS_LINE = 64 };

bool workers_open(struct workers *all, struct host *host, uint32_t limit)
{
    *all = (struct workers){.host = host};
    InitializeSRWLock(&all->lock);
    size_t lines = (sizeof(struct worker) + WORKERS_LINE - 1) / WORKERS_LINE;
    return region_open(&all->accounts, lines * WORKERS_LINE, limit);
}

void workers_close(struct workers *all)
{
    region_close(&all->accounts);
}

/* Under the lock. */
static struct worker *workers_take(struct workers *all)
{
    struct worker *w = all->free;
    if (w) {
        all->free = w->next_free;
        return w;
    }
    if (all->used == all->accounts.limit ||
        !region_grow(&all->accounts, all->used + 1)) {
        tally_sum_add(&all->errors, ERROR_NOT_ENOUGH_MEMORY, 1);
        return NULL;
    }
    w = region_item(&all->accounts, all->used++);
    w->host = all->host;
    return w;
}

struct worker *worker_enter(struct server *srv)
{
    struct workers *all = &host_of(srv)->workers;
    AcquireSRWLockExclusive(&all->lock);
    struct worker *w = workers_take(all);
    ReleaseSRWLockExclusive(&all->lock);
    return w;
}

/* Under the lock. */
static void workers_fold(struct workers *all, struct worker *w)
{
    for (int i = 0; i < COUNT_KINDS; i++) {
        all->total[i] += counter_read(&w->counts[i]);
        counter_set(&w->counts[i], 0);
    }
    tally_fold(&all->errors, &w->errors);
    tally_fold(&all->refusals, &w->refusals);
}

void worker_leave(struct worker *w)
{
    struct workers *all = &w->host->workers;
    AcquireSRWLockExclusive(&all->lock);
    workers_fold(all, w);
    w->next_free = all->free;
    all->free = w;
    ReleaseSRWLockExclusive(&all->lock);
}

/* Adds up the kinds first .. end - 1. */
static void workers_add(const struct workers *all, int first, int end,
                        uint64_t *sum)
{
    for (uint32_t i = 0; i < all->used; i++) {
        const struct worker *w = region_item(&all->accounts, i);
        for (int kind = first; kind < end; kind++)
            sum[kind] += counter_read(&w->counts[kind]);
    }
}

void workers_counts(struct workers *all, uint64_t sum[COUNT_KINDS])
{
    AcquireSRWLockExclusive(&all->lock);
    for (int i = 0; i < COUNT_KINDS; i++)
        sum[i] = all->total[i];
    /* What ends an open before opens, and sends before receives: what was
     * caused later is read earlier. */
    workers_add(all, COUNT_CLOSES, COUNT_UNOPENED + 1, sum);
    MemoryBarrier();
    workers_add(all, COUNT_SEND_BYTES, COUNT_SEND_BYTES + 1, sum);
    MemoryBarrier();
    workers_add(all, COUNT_RECV_BYTES, COUNT_RECV_BYTES + 1, sum);
    workers_add(all, COUNT_RECVS, COUNT_CLOSES, sum);
    workers_add(all, COUNT_REFUSED, COUNT_KINDS, sum);
    sum[COUNT_OPENS] -= sum[COUNT_UNOPENED];
    ReleaseSRWLockExclusive(&all->lock);
}

void workers_settle(struct workers *all)
{
    AcquireSRWLockExclusive(&all->lock);
    for (uint32_t i = 0; i < all->used; i++)
        workers_fold(all, region_item(&all->accounts, i));
    ReleaseSRWLockExclusive(&all->lock);
}

static void workers_tally(struct worker *w, struct tally *t,
                          struct tally_sum *sum, DWORD code)
{
    if (tally_add(t, code))
        return;
    struct workers *all = &w->host->workers;
    AcquireSRWLockExclusive(&all->lock);
    tally_fold(sum, t);
    ReleaseSRWLockExclusive(&all->lock);
    tally_add(t, code);
}

void worker_error(struct worker *w, DWORD code)
{
    workers_tally(w, &w->errors, &w->host->workers.errors, code);
}

bool worker_check(struct worker *w, bool good)
{
    if (!good)
        worker_error(w, GetLastError());
    return good;
}

void worker_refusal(struct worker *w, DWORD code)
{
    counter_add(&w->counts[COUNT_REFUSED], 1);
    workers_tally(w, &w->refusals, &w->host->workers.refusals, code);
}
