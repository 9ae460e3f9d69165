/* What the server costs, by the keys of PROTOCOL.md. */
#include "common/clock.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "server/host.h"
#include <psapi.h>
#include <stdlib.h>

struct metrics {
    bool wine;
    cJSON *to, *unknown; /* unknown: or NULL */
};

/* Null, for a reason, when `why` is not NULL. */
static void metrics_add(struct metrics *m, const char *key, uint64_t value,
                        const char *why)
{
    if (why) {
        cJSON_AddNullToObject(m->to, key);
        cJSON_AddStringToObject(m->unknown, key, why);
    } else {
        json_add_count(m->to, key, value);
    }
}

static void metrics_add_known(struct metrics *m, const char *key, bool known,
                              uint64_t value)
{
    metrics_add(m, key, value,
                known ? NULL : "the system's call for it failed");
}

/* Wine answers with a zero where it measures nothing: that is unknown. */
static void metrics_add_unless_wine(struct metrics *m, const char *key,
                                    bool known, uint64_t value,
                                    const char *wine_lacks)
{
    if (m->wine && (!known || value == 0))
        metrics_add(m, key, 0, wine_lacks);
    else
        metrics_add_known(m, key, known, value);
}

static void metrics_counts(struct metrics *m, struct host *host)
{
    static const struct {
        const char *key;
        enum count of;
    } counts[] = {
        {"opens", COUNT_OPENS},
        {"closes", COUNT_CLOSES},
        {"refused", COUNT_REFUSED},
        {"recv_bytes", COUNT_RECV_BYTES},
        {"send_bytes", COUNT_SEND_BYTES},
        {"recvs", COUNT_RECVS},
        {"sends", COUNT_SENDS},
        {"partial_sends", COUNT_PARTIAL_SENDS},
        {"blocked_sends", COUNT_BLOCKED_SENDS},
    };
    uint64_t sum[COUNT_KINDS];
    stats_counts(&host->stats, sum);
    json_add_count(m->to, "connections", sum[COUNT_OPENS] - sum[COUNT_CLOSES]);
    json_add_count(m->to, "accepted", sum[COUNT_OPENS] + sum[COUNT_REFUSED]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_add_count(m->to, counts[i].key, sum[counts[i].of]);
}

static uint64_t metrics_us(FILETIME t)
{
    return ((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10;
}

static void metrics_cpu(struct metrics *m)
{
    FILETIME created, ended, kernel = {0}, user = {0};
    const HANDLE self = GetCurrentProcess();
    ULONG64 cycles = 0;
    uint64_t busy_us, idle_us;
    bool known = GetProcessTimes(self, &created, &ended, &kernel, &user) != 0;
    metrics_add_known(m, "user_us", known, metrics_us(user));
    metrics_add_known(m, "kernel_us", known, metrics_us(kernel));
    known = QueryProcessCycleTime(self, &cycles) != 0;
    metrics_add_unless_wine(m, "cycles", known, cycles,
                            "Wine does not have QueryProcessCycleTime");
    known = machine_times(false, &busy_us, &idle_us);
    metrics_add_known(m, "system_busy_us", known, busy_us);
    metrics_add_known(m, "system_idle_us", known, idle_us);
    known = machine_times(true, &busy_us, &idle_us);
    metrics_add_known(m, "usable_busy_us", known, busy_us);
}

static void metrics_memory(struct metrics *m)
{
    PROCESS_MEMORY_COUNTERS_EX p = {.cb = sizeof p};
    bool known = GetProcessMemoryInfo(GetCurrentProcess(),
                                      (PROCESS_MEMORY_COUNTERS *)(void *)&p,
                                      sizeof p) != 0;
    metrics_add_known(m, "working_set_bytes", known, p.WorkingSetSize);
    metrics_add_known(m, "peak_working_set_bytes", known, p.PeakWorkingSetSize);
    /* Documented as the same figure; Wine fills only the second. */
    metrics_add_unless_wine(m, "private_bytes", known,
                            p.PrivateUsage ? p.PrivateUsage : p.PagefileUsage,
                            "Wine reports 0 for it");
    metrics_add_unless_wine(m, "paged_pool_bytes", known, p.QuotaPagedPoolUsage,
                            "Wine has no paged pool");
    metrics_add_unless_wine(m, "nonpaged_pool_bytes", known,
                            p.QuotaNonPagedPoolUsage,
                            "Wine has no non-paged pool");
}

/* --- process info ------------------------------------------------------- */

/* Threads and context switches of this process: the call for them walks all
 * there are in the system, so it is made seldom, or the model with the most
 * threads would pay most for being measured. */
static const char metrics_seldom[] = "it is measured seldom, as it takes long";

enum {
    METRICS_PROCESSES = 5, /* SystemProcessInformation */
    METRICS_SPREAD = 500,  /* at most 0.2 % of one processor */
    METRICS_ROOM = 64 * 1024
};
static const LONG metrics_too_small = (LONG)0xC0000004;

/* SYSTEM_PROCESS_INFORMATION and SYSTEM_THREAD_INFORMATION of winternl.h, whose
 * member names differ from one SDK to the next; on 64-bit Windows. */
struct metrics_process {
    ULONG next, threads;
    BYTE reserved1[72];
    HANDLE pid;
    BYTE reserved2[168];
};

struct metrics_thread {
    BYTE reserved1[64];
    ULONG context_switches;
    BYTE reserved2[12];
};

static struct {
    LONG(NTAPI *query)(ULONG what, void *buffer, ULONG size, ULONG *needed);
    char *room;
    ULONG size;
    int64_t at_ns, cost_ns; /* of the last count */
    uint32_t threads;       /* then */
    long started;           /* thread_count() then */
} metrics_last;

/* Into metrics_last.room. */
static bool metrics_query(ULONG what)
{
    ULONG needed = 0;
    if (!metrics_last.query &&
        !look_up(L"ntdll.dll", "NtQuerySystemInformation", &metrics_last.query,
                 sizeof metrics_last.query))
        return false;
    for (;;) {
        LONG status = metrics_last.query(what, metrics_last.room,
                                         metrics_last.size, &needed);
        if (status != metrics_too_small)
            return status >= 0;
        char *room = realloc(metrics_last.room,
                             2 * (size_t)metrics_last.size + METRICS_ROOM);
        if (!room)
            return false;
        metrics_last.room = room;
        metrics_last.size = 2 * metrics_last.size + METRICS_ROOM;
    }
}

static const struct metrics_process *metrics_self(void)
{
    const char *at = metrics_last.room;
    for (;;) {
        const struct metrics_process *p = (const void *)at;
        if ((DWORD)(ULONG_PTR)p->pid == GetCurrentProcessId())
            return p;
        if (p->next == 0)
            return NULL;
        at += p->next;
    }
}

/* Counts threads into metrics_last, and what comes with them. */
static bool metrics_count(bool wine, uint64_t *switches, uint64_t *handles)
{
    const int64_t begin = clock_ns();
    const long started = thread_count();
    const struct metrics_process *self = NULL;
    if (metrics_query(METRICS_PROCESSES))
        self = metrics_self();
    if (!self)
        return false;
    const struct metrics_thread *threads = (const void *)(self + 1);
    for (ULONG i = 0; i < self->threads; i++)
        *switches += threads[i].context_switches;
    metrics_last.threads = self->threads;
    if (wine && metrics_query(WINE_HANDLES)) /* overwrites `self` */
        *handles = wine_handles(metrics_last.room);
    metrics_last.started = started;
    metrics_last.at_ns = clock_ns();
    metrics_last.cost_ns = metrics_last.at_ns - begin;
    return true;
}

static void metrics_handles(struct metrics *m, uint64_t wine_count)
{
    static const char why[] =
        "under Wine they are counted seldom, since it takes long";
    DWORD handles = 0;
    if (m->wine) {
        metrics_add(m, "handles", wine_count, wine_count ? NULL : why);
        if (wine_count) /* known in some samples only */
            cJSON_AddStringToObject(m->unknown, "handles", why);
    } else {
        bool known = GetProcessHandleCount(GetCurrentProcess(), &handles) != 0;
        metrics_add_known(m, "handles", known, handles);
    }
}

/* Between two counts the last one is carried on by the threads started and
 * ended here since. */
static void metrics_threads(struct metrics *m, bool exact)
{
    const int64_t since = clock_ns() - metrics_last.at_ns;
    /* Under Wine 4,000 threads take 40 ms to count: never on demand. */
    const bool due = (exact && !m->wine) || metrics_last.threads == 0 ||
                     since >= metrics_last.cost_ns * METRICS_SPREAD;
    uint64_t switches = 0, handles = 0;
    const bool counted = due && metrics_count(m->wine, &switches, &handles);
    const long now =
        (long)metrics_last.threads + thread_count() - metrics_last.started;
    metrics_add_known(m, "threads", counted || !due,
                      now > 1 ? (uint64_t)now : 1);
    metrics_handles(m, handles);
    if (!due && !m->wine)
        metrics_add(m, "context_switches", 0, metrics_seldom);
    else
        metrics_add_unless_wine(m, "context_switches", counted, switches,
                                "Wine does not count context switches");
    /* This call walks all processes as well. */
    PERFORMANCE_INFORMATION p = {.cb = sizeof p};
    const bool known =
        counted && !m->wine && GetPerformanceInfo(&p, sizeof p) != 0;
    if (!counted && !m->wine)
        metrics_add(m, "system_nonpaged_pool_bytes", 0, metrics_seldom);
    else
        metrics_add_unless_wine(m, "system_nonpaged_pool_bytes", known,
                                (uint64_t)p.KernelNonpaged * p.PageSize,
                                "Wine has no non-paged pool");
}

/* --- below Wine --------------------------------------------------------- */

static void metrics_wineserver(struct metrics *m)
{
    static const char why[] =
        "the processor time of Wine's server is not in /proc/self/stat here";
    uint64_t user_us = 0, kernel_us = 0;
    bool known = proc_wineserver(&user_us, &kernel_us);
    metrics_add(m, "wineserver_user_us", user_us, known ? NULL : why);
    metrics_add(m, "wineserver_kernel_us", kernel_us, known ? NULL : why);
}

static void metrics_tcp_memory(struct metrics *m)
{
    uint64_t bytes = 0;
    bool known = proc_tcp_memory(&bytes);
    metrics_add(m, "host_tcp_memory_bytes", bytes,
                known ? NULL : "/proc/net/sockstat is not readable here");
}

void metrics_measure(struct host *host, bool exact, cJSON *to, cJSON *unknown)
{
    struct metrics m = {machine_is_wine(), to, unknown};
    /* What is divided by time comes first and together. */
    metrics_counts(&m, host);
    metrics_cpu(&m);
    if (m.wine)
        metrics_wineserver(&m);
    metrics_memory(&m);
    if (m.wine)
        metrics_tcp_memory(&m);
    metrics_threads(&m, exact);
}
