/* Counters by thread, and errors by name. */
#include "server/host.h"
#include <stdlib.h>

enum { STATS_LINE = 64 };

void stats_open(struct stats *all)
{
    *all = (struct stats){.threads = NULL};
    InitializeSRWLock(&all->lock);
    InitializeSRWLock(&all->error_lock);
}

void stats_close(struct stats *all)
{
    AcquireSRWLockExclusive(&all->lock);
    while (all->threads) {
        struct thread_stats *stats = all->threads;
        all->threads = stats->next;
        free(stats->memory);
    }
    ReleaseSRWLockExclusive(&all->lock);
}

static void stats_count_error(struct stats *all, struct error_counts *counts,
                              DWORD code)
{
    uint32_t i = 0;
    AcquireSRWLockExclusive(&all->error_lock);
    while (i < counts->used && counts->entry[i].code != code)
        i++;
    if (i == counts->used && i < ERROR_COUNTS_MAX)
        counts->entry[counts->used++] = (struct error_count){.code = code};
    if (i < ERROR_COUNTS_MAX)
        counts->entry[i].count++;
    else
        counts->other++;
    ReleaseSRWLockExclusive(&all->error_lock);
}

/* Cache lines apart: neighbours have two writers. */
static struct thread_stats *stats_make(struct host *host)
{
    struct stats *all = &host->stats;
    char *memory =
        calloc(1, sizeof(struct thread_stats) + (size_t)2 * STATS_LINE);
    if (!memory) {
        stats_count_error(all, &all->errors, ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    size_t past = (uintptr_t)memory % STATS_LINE;
    struct thread_stats *stats = (void *)(memory + STATS_LINE - past);
    stats->host = host;
    stats->memory = memory;
    stats->next = all->threads;
    all->threads = stats;
    return stats;
}

struct thread_stats *thread_stats_open(struct server *srv)
{
    struct stats *all = &host_of(srv)->stats;
    AcquireSRWLockExclusive(&all->lock);
    struct thread_stats *stats = all->free;
    if (stats)
        all->free = stats->next_free;
    else
        stats = stats_make(host_of(srv));
    ReleaseSRWLockExclusive(&all->lock);
    if (stats)
        stats->work_in = (uint32_t)host_of(srv)->options.work.every;
    return stats;
}

void thread_stats_close(struct thread_stats *stats)
{
    struct stats *all = &stats->host->stats;
    AcquireSRWLockExclusive(&all->lock);
    for (int i = 0; i < COUNT_KINDS; i++) {
        all->total[i] += sync_get(&stats->counts[i]);
        sync_set(&stats->counts[i], 0);
    }
    stats->next_free = all->free;
    all->free = stats;
    ReleaseSRWLockExclusive(&all->lock);
}

/* Adds up the kinds first .. end - 1. */
static void stats_sum(const struct stats *all, int first, int end,
                      uint64_t *sum)
{
    for (const struct thread_stats *s = all->threads; s; s = s->next)
        for (int kind = first; kind < end; kind++)
            sum[kind] += sync_get(&s->counts[kind]);
}

void stats_counts(struct stats *all, uint64_t sum[COUNT_KINDS])
{
    AcquireSRWLockExclusive(&all->lock);
    for (int i = 0; i < COUNT_KINDS; i++)
        sum[i] = all->total[i];
    /* Closes before opens, and sends before receives: an effect is read before
     * its cause. */
    stats_sum(all, COUNT_CLOSES, COUNT_REPAYS + 1, sum);
    MemoryBarrier();
    stats_sum(all, COUNT_SEND_BYTES, COUNT_SEND_BYTES + 1, sum);
    MemoryBarrier();
    stats_sum(all, COUNT_RECV_BYTES, COUNT_RECV_BYTES + 1, sum);
    stats_sum(all, COUNT_RECVS, COUNT_CLOSES, sum);
    stats_sum(all, COUNT_REFUSED, COUNT_KINDS, sum);
    sum[COUNT_OPENS] -= sum[COUNT_UNOPENED];
    ReleaseSRWLockExclusive(&all->lock);
}

void stats_error(struct thread_stats *stats, DWORD code)
{
    struct stats *all = &stats->host->stats;
    stats_count_error(all, &all->errors, code);
}

bool stats_check(struct thread_stats *stats, bool good)
{
    if (!good)
        stats_error(stats, GetLastError());
    return good;
}

void stats_slept(struct thread_stats *stats, uint32_t asked_us, int64_t took_ns)
{
    sync_add(&stats->counts[COUNT_SLEEPS], 1);
    sync_add(&stats->counts[COUNT_SLEEP_ASKED_US], asked_us);
    sync_add(&stats->counts[COUNT_SLEPT_US], (uint64_t)took_ns / 1000);
}

void stats_refusal(struct thread_stats *stats, DWORD code)
{
    struct stats *all = &stats->host->stats;
    sync_add(&stats->counts[COUNT_REFUSED], 1);
    stats_count_error(all, &all->refusals, code);
}

const char *stats_error_name(DWORD code)
{
    if (code == REFUSED_LIMIT)
        return "connection_limit";
    if (code == REFUSED_STOPPING)
        return "stopping";
    return error_name(code);
}
