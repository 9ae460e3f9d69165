/* A host without sockets, for the tests of the server's portable half. */
#ifndef IOMODELS_TEST_HOST_H
#define IOMODELS_TEST_HOST_H

#include "unit.h"
#include "server/host.h"

/* One a test, closed by host_tear_down. */
static struct host host;

static inline void host_make_lending(size_t conn_size, uint32_t buffer,
                                     uint32_t transfers, uint32_t conns,
                                     enum pool pool, bool guard)
{
    memset(&host, 0, sizeof host);
    host.srv.buffer_size = buffer;
    host.srv.outstanding = transfers;
    host.srv.max_conns = conns;
    host.options.pool = pool;
    host.options.buffer_offset = HOST_AS_IS;
    host.options.guard = guard;
    assert_true(host_open(&host, conn_size));
}

static inline void host_make(size_t conn_size, uint32_t buffer,
                             uint32_t transfers, uint32_t conns, bool guard)
{
    host_make_lending(conn_size, buffer, transfers, conns, POOL_NONE, guard);
}

static inline int host_tear_down(void **state)
{
    slots_close(&host.slots);
    while (host.stats.threads) {
        struct thread_stats *stats = host.stats.threads;
        host.stats.threads = stats->next;
        free(stats->memory);
    }
    return 0;
}

static inline struct conn *host_take(void)
{
    DWORD why = 0;
    struct conn *c = slot_take(&host.slots, &why);
    assert_non_null(c);
    c->sock = 1;
    return c;
}

static inline uint64_t host_count(enum count kind)
{
    uint64_t sum[COUNT_KINDS];
    stats_counts(&host.stats, sum);
    return sum[kind];
}

/* How often an error, or a refusal, was counted under its name. */
static inline uint64_t host_errors(const struct error_counts *counts,
                                   DWORD code)
{
    for (uint32_t i = 0; i < counts->used; i++)
        if (counts->entry[i].code == code)
            return counts->entry[i].count;
    return 0;
}

#endif
