/* D5: a worker of a port that blocks idles its processor; spare workers cure
 * that, and computing is as bad. Documented: a port lets as many workers run as
 * its concurrency value says, and releases another one when one of them blocks.
 * Packets take 100 us each, every 50th much longer, on one processor, since
 * Wine ignores the concurrency value. */
#include "probe.h"
#include "common/clock.h"
#include "common/sync.h"

enum { BLOCKING_PACKETS, BLOCKING_LONG_MS };
enum { BLOCKING_WORKERS = 4, BLOCKING_EVERY = 50, BLOCKING_US = 100 };

struct blocking_work {
    HANDLE port;
    uint64_t turns;   /* of a microsecond */
    DWORD block_ms;   /* of each BLOCKING_EVERY-th packet */
    uint64_t spin_us; /* the same, by computing */
    volatile LONG left;
    HANDLE over;
};

/* Work, not time: a thread that waits for the processor does none. */
static void blocking_spin(uint64_t turns)
{
    for (volatile uint64_t left = turns; left > 0;)
        left = left - 1;
}

/* The turns of a microsecond: by the fastest of a few tries. */
static uint64_t blocking_turns(void)
{
    const uint64_t turns = 1000000;
    int64_t fastest_ns = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        const int64_t begin_ns = clock_ns();
        blocking_spin(turns);
        const int64_t took_ns = clock_ns() - begin_ns;
        if (took_ns < fastest_ns)
            fastest_ns = took_ns;
    }
    return turns * 1000 / (uint64_t)(fastest_ns > 0 ? fastest_ns : 1);
}

/* Key 0 ends a worker. */
static void blocking_serve(void *arg)
{
    struct blocking_work *work = arg;
    for (;;) {
        const struct port_done done = port_take(work->port, PROBE_WAIT_MS);
        if (done.key == 0)
            return;
        const bool slow = done.key % BLOCKING_EVERY == 0;
        blocking_spin(work->turns *
                      (slow ? BLOCKING_US + work->spin_us : BLOCKING_US));
        if (slow && work->block_ms > 0)
            Sleep(work->block_ms);
        if (InterlockedDecrement(&work->left) == 0)
            must(SetEvent(work->over), "SetEvent");
    }
}

/* Packets a second. */
static double blocking_rate(struct blocking_work work, uint32_t packets,
                            uint32_t workers)
{
    static OVERLAPPED io; /* port_take gives NULL when nothing came */
    struct sync_thread *thread[BLOCKING_WORKERS];
    work.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    must(work.port != NULL, "CreateIoCompletionPort");
    work.left = (LONG)packets;
    work.over = event_make();
    for (uint32_t i = 1; i <= packets; i++)
        must(PostQueuedCompletionStatus(work.port, 0, i, &io),
             "PostQueuedCompletionStatus");
    const int64_t begin_ns = clock_ns();
    for (uint32_t i = 0; i < workers; i++) {
        thread[i] = sync_thread_start(blocking_serve, &work);
        must(thread[i] != NULL, "CreateThread");
    }
    if (!event_wait(work.over, 3 * PROBE_WAIT_MS))
        probe_fail("the workers", WAIT_TIMEOUT);
    const double took_s = (double)(clock_ns() - begin_ns) / 1e9;
    for (uint32_t i = 0; i < workers; i++)
        must(PostQueuedCompletionStatus(work.port, 0, 0, &io),
             "PostQueuedCompletionStatus");
    for (uint32_t i = 0; i < workers; i++)
        sync_thread_join(thread[i]);
    CloseHandle(work.port);
    CloseHandle(work.over);
    return packets / took_s;
}

static void blocking_run(cJSON *out, const uint64_t *option)
{
    const uint32_t packets = (uint32_t)option[BLOCKING_PACKETS];
    const DWORD long_ms = (DWORD)option[BLOCKING_LONG_MS];
    const struct blocking_work plain = {.turns = blocking_turns()};
    struct blocking_work blocks = plain, computes = plain;
    blocks.block_ms = long_ms;
    computes.spin_us = 1000 * (uint64_t)long_ms;
    must(SetProcessAffinityMask(GetCurrentProcess(), 1),
         "SetProcessAffinityMask");
    add_number(out, "packets", packets);
    add_number(out, "long_ms", long_ms);
    add_number(out, "plain_per_s", blocking_rate(plain, packets, 1));
    add_number(out, "blocking_per_s", blocking_rate(blocks, packets, 1));
    add_number(out, "workers", BLOCKING_WORKERS);
    add_number(out, "workers_blocking_per_s",
               blocking_rate(blocks, packets, BLOCKING_WORKERS));
    add_number(out, "computing_per_s", blocking_rate(computes, packets, 1));
    add_number(out, "workers_computing_per_s",
               blocking_rate(computes, packets, BLOCKING_WORKERS));
}

const struct probe probe_blocking_worker = {
    .name = "blocking_worker",
    .claims = "D5",
    .summary = "workers of a port that block or compute, one and four of them",
    .options = {{"--packets", 1000, 100, 10000,
                 "packets, of which each 50th takes long [1000]"},
                {"--long-ms", 10, 1, 100, "how long these take, ms [10]"}},
    .run = blocking_run,
};
