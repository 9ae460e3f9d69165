#include "server/metrics.h"
#include "common/clock.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "server/thread.h"
#include "server/wine.h"
#include <psapi.h>
#include <stdlib.h>

/* The key; and why there is none under Wine where it answers with a zero, or
 * not at all, because nothing was measured. */
static const struct {
    const char *key, *wine_lacks;
} metrics_table[METRIC_COUNT] = {
    [METRIC_CONNECTIONS] = {"connections", NULL},
    [METRIC_ACCEPTED] = {"accepted", NULL},
    [METRIC_OPENS] = {"opens", NULL},
    [METRIC_CLOSES] = {"closes", NULL},
    [METRIC_REFUSED] = {"refused", NULL},
    [METRIC_RECV_BYTES] = {"recv_bytes", NULL},
    [METRIC_SEND_BYTES] = {"send_bytes", NULL},
    [METRIC_RECVS] = {"recvs", NULL},
    [METRIC_SENDS] = {"sends", NULL},
    [METRIC_PARTIAL_SENDS] = {"partial_sends", NULL},
    [METRIC_BLOCKED_SENDS] = {"blocked_sends", NULL},
    [METRIC_USER_US] = {"user_us", NULL},
    [METRIC_KERNEL_US] = {"kernel_us", NULL},
    [METRIC_CYCLES] = {"cycles", "Wine does not have QueryProcessCycleTime"},
    [METRIC_WORKING_SET] = {"working_set_bytes", NULL},
    [METRIC_PEAK_WORKING_SET] = {"peak_working_set_bytes", NULL},
    [METRIC_PRIVATE] = {"private_bytes", "Wine reports 0 for it"},
    [METRIC_PAGED_POOL] = {"paged_pool_bytes", "Wine has no paged pool"},
    [METRIC_NONPAGED_POOL] = {"nonpaged_pool_bytes",
                              "Wine has no non-paged pool"},
    [METRIC_THREADS] = {"threads", NULL},
    [METRIC_HANDLES] =
        {"handles", "under Wine they are counted seldom, since it takes long"},
    [METRIC_CONTEXT_SWITCHES] = {"context_switches",
                                 "Wine does not count context switches"},
    [METRIC_SYSTEM_BUSY_US] = {"system_busy_us", NULL},
    [METRIC_SYSTEM_IDLE_US] = {"system_idle_us", NULL},
    [METRIC_SYSTEM_NONPAGED_POOL] = {"system_nonpaged_pool_bytes",
                                     "Wine has no non-paged pool"},
    [METRIC_WINESERVER_USER_US] =
        {"wineserver_user_us",
         "the processor time of Wine's server is not in /proc/self/stat here"},
    [METRIC_WINESERVER_KERNEL_US] =
        {"wineserver_kernel_us",
         "the processor time of Wine's server is not in /proc/self/stat here"},
    [METRIC_HOST_TCP_MEMORY] = {"host_tcp_memory_bytes",
                                "/proc/net/sockstat is not readable here"},
};

static bool metrics_wine;

void metrics_open(void)
{
    metrics_wine = machine_is_wine();
}

/* Wine reports zero for metrics that it does not measure: these are unknown. */
static void metrics_set(struct metrics *m, enum metric which, bool known,
                        uint64_t value)
{
    const char *lack = metrics_wine ? metrics_table[which].wine_lacks : NULL;
    if (known && (value != 0 || !lack)) {
        m->value[which] = value;
        m->unknown[which] = NULL;
        return;
    }
    m->unknown[which] = lack ? lack : "the system's call for it failed";
}

static uint64_t metrics_us(FILETIME t)
{
    return ((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10;
}

static void metrics_counts(struct host *host, struct metrics *m)
{
    static const enum metric of[COUNT_KINDS] = {
        [COUNT_RECV_BYTES] = METRIC_RECV_BYTES,
        [COUNT_SEND_BYTES] = METRIC_SEND_BYTES,
        [COUNT_RECVS] = METRIC_RECVS,
        [COUNT_SENDS] = METRIC_SENDS,
        [COUNT_PARTIAL_SENDS] = METRIC_PARTIAL_SENDS,
        [COUNT_BLOCKED_SENDS] = METRIC_BLOCKED_SENDS,
        [COUNT_OPENS] = METRIC_OPENS,
        [COUNT_CLOSES] = METRIC_CLOSES,
        [COUNT_REFUSED] = METRIC_REFUSED,
    };
    uint64_t sum[COUNT_KINDS];
    stats_counts(&host->stats, sum);
    for (int i = 0; i < COUNT_KINDS; i++)
        if (i != COUNT_UNOPENED)
            m->value[of[i]] = sum[i];
    m->value[METRIC_CONNECTIONS] = sum[COUNT_OPENS] - sum[COUNT_CLOSES];
    m->value[METRIC_ACCEPTED] = sum[COUNT_OPENS] + sum[COUNT_REFUSED];
}

static void metrics_cpu(struct metrics *m)
{
    FILETIME created, ended, kernel = {0}, user = {0}, idle = {0};
    bool known = GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel,
                                 &user) != 0;
    metrics_set(m, METRIC_USER_US, known, metrics_us(user));
    metrics_set(m, METRIC_KERNEL_US, known, metrics_us(kernel));
    ULONG64 cycles = 0;
    known = QueryProcessCycleTime(GetCurrentProcess(), &cycles) != 0;
    metrics_set(m, METRIC_CYCLES, known, cycles);
    /* The kernel time of the system has the idle time in it. */
    known = GetSystemTimes(&idle, &kernel, &user) != 0;
    metrics_set(m, METRIC_SYSTEM_BUSY_US, known,
                metrics_us(kernel) + metrics_us(user) - metrics_us(idle));
    metrics_set(m, METRIC_SYSTEM_IDLE_US, known, metrics_us(idle));
}

static void metrics_memory(struct metrics *m)
{
    PROCESS_MEMORY_COUNTERS_EX p = {.cb = sizeof p};
    bool known = GetProcessMemoryInfo(GetCurrentProcess(),
                                      (PROCESS_MEMORY_COUNTERS *)(void *)&p,
                                      sizeof p) != 0;
    metrics_set(m, METRIC_WORKING_SET, known, p.WorkingSetSize);
    metrics_set(m, METRIC_PEAK_WORKING_SET, known, p.PeakWorkingSetSize);
    /* Documented as the same figure; Wine fills only the second. */
    metrics_set(m, METRIC_PRIVATE, known,
                p.PrivateUsage ? p.PrivateUsage : p.PagefileUsage);
    metrics_set(m, METRIC_PAGED_POOL, known, p.QuotaPagedPoolUsage);
    metrics_set(m, METRIC_NONPAGED_POOL, known, p.QuotaNonPagedPoolUsage);
    if (metrics_wine)
        return;
    DWORD handles = 0;
    known = GetProcessHandleCount(GetCurrentProcess(), &handles) != 0;
    metrics_set(m, METRIC_HANDLES, known, handles);
}

/* --- process info ------------------------------------------------------- */

/* Threads and context switches of this process: the call for them walks all
 * there are in the system, so it is made seldom, or the model with the most
 * threads would pay most for being measured. */
static const char metrics_seldom[] = "it is measured seldom, as it takes long";

enum {
    METRICS_PROCESSES = 5, /* SystemProcessInformation */
    METRICS_SPREAD = 500,  /* at most 0.2 % of one processor */
    METRICS_ROOM = 64 * 1024,
    METRICS_TRIES = 8
};
static const LONG metrics_too_small = (LONG)0xC0000004;

/* SYSTEM_PROCESS_INFORMATION and SYSTEM_THREAD_INFORMATION of winternl.h, whose
 * member names differ from one SDK to the next. */
struct metrics_process {
    ULONG next, threads;
    BYTE reserved1[48];
    USHORT name_length, name_max;
    wchar_t *name;
    LONG base_priority;
    HANDLE pid;
    void *reserved2;
    ULONG handles, session;
    void *reserved3;
    SIZE_T peak_virtual, virtual_size;
    ULONG reserved4;
    SIZE_T peak_working_set, working_set;
    void *reserved5;
    SIZE_T paged_pool;
    void *reserved6;
    SIZE_T nonpaged_pool, pagefile, peak_pagefile, private_pages;
    LARGE_INTEGER reserved7[6];
};

struct metrics_thread {
    LARGE_INTEGER times[3];
    ULONG wait_time;
    void *start;
    HANDLE process, thread;
    LONG priority, base_priority;
    ULONG context_switches, state, wait_reason;
};

#ifdef _WIN64
_Static_assert(sizeof(struct metrics_process) == 256, "as in winternl.h");
_Static_assert(sizeof(struct metrics_thread) == 80, "as in winternl.h");
#endif

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
    /* It grows between asking how much and asking for it. */
    for (int i = 0; i < METRICS_TRIES; i++) {
        LONG status = metrics_last.query(what, metrics_last.room,
                                         metrics_last.size, &needed);
        if (status != metrics_too_small)
            return status >= 0;
        if (needed < metrics_last.size)
            needed = metrics_last.size;
        char *room = realloc(metrics_last.room, needed + METRICS_ROOM);
        if (!room)
            return false;
        metrics_last.room = room;
        metrics_last.size = needed + METRICS_ROOM;
    }
    return false;
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

static bool metrics_count_threads(struct metrics *m)
{
    const int64_t begin = clock_ns();
    const long started = thread_count();
    const struct metrics_process *self = NULL;
    uint64_t switches = 0;
    if (metrics_query(METRICS_PROCESSES))
        self = metrics_self();
    if (!self)
        return false;
    const struct metrics_thread *threads = (const void *)(self + 1);
    for (ULONG i = 0; i < self->threads; i++)
        switches += threads[i].context_switches;
    metrics_last.threads = self->threads;
    metrics_set(m, METRIC_CONTEXT_SWITCHES, true, switches);
    if (metrics_wine && metrics_query(WINE_HANDLES)) /* overwrites `self` */
        metrics_set(m, METRIC_HANDLES, true, wine_handles(metrics_last.room));
    metrics_last.started = started;
    metrics_last.at_ns = clock_ns();
    metrics_last.cost_ns = metrics_last.at_ns - begin;
    return true;
}

/* Between two counts the last one is carried on by the threads started and
 * ended here since. True when it counted. */
static bool metrics_threads(struct metrics *m, bool exact)
{
    const int64_t since = clock_ns() - metrics_last.at_ns;
    /* Under Wine 4,000 threads take 40 ms to count: never on demand. */
    const bool due = (exact && !metrics_wine) || metrics_last.threads == 0 ||
                     since >= metrics_last.cost_ns * METRICS_SPREAD;
    metrics_set(m, METRIC_CONTEXT_SWITCHES, false, 0);
    if (metrics_wine)
        metrics_set(m, METRIC_HANDLES, false, 0);
    const bool counted = due && metrics_count_threads(m);
    const long now =
        (long)metrics_last.threads + thread_count() - metrics_last.started;
    metrics_set(m, METRIC_THREADS, counted || !due,
                now > 1 ? (uint64_t)now : 1);
    if (!due && !metrics_wine)
        m->unknown[METRIC_CONTEXT_SWITCHES] = metrics_seldom;
    return counted;
}

/* This call walks all processes as well. */
static void metrics_system_pool(struct metrics *m, bool now)
{
    PERFORMANCE_INFORMATION p = {.cb = sizeof p};
    /* Wine walks all threads, 11 us each, to answer with a zero. */
    bool known = now && !metrics_wine && GetPerformanceInfo(&p, sizeof p) != 0;
    metrics_set(m, METRIC_SYSTEM_NONPAGED_POOL, known,
                (uint64_t)p.KernelNonpaged * p.PageSize);
    if (!now && !metrics_wine)
        m->unknown[METRIC_SYSTEM_NONPAGED_POOL] = metrics_seldom;
}

/* --- below Wine ----------------------------------------------------------- */

static void metrics_below_wine(struct metrics *m)
{
    uint64_t bytes = 0;
    bool known = proc_tcp_memory(&bytes);
    metrics_set(m, METRIC_HOST_TCP_MEMORY, known, bytes);
    /* The unit is pages, so that a quiet kernel's zero is a zero. */
    if (known)
        m->unknown[METRIC_HOST_TCP_MEMORY] = NULL;
}

static void metrics_wineserver(struct metrics *m)
{
    uint64_t user_us = 0, kernel_us = 0;
    bool known = proc_wineserver(&user_us, &kernel_us);
    metrics_set(m, METRIC_WINESERVER_USER_US, known, user_us);
    metrics_set(m, METRIC_WINESERVER_KERNEL_US, known, kernel_us);
}

void metrics_measure(struct host *host, bool exact, struct metrics *m)
{
    *m = (struct metrics){0};
    /* What is divided by time comes first and together. */
    m->t_us = (clock_ns() - host->started_ns) / 1000;
    metrics_counts(host, m);
    metrics_cpu(m);
    if (metrics_wine)
        metrics_wineserver(m);
    metrics_memory(m);
    if (metrics_wine)
        metrics_below_wine(m);
    metrics_system_pool(m, metrics_threads(m, exact));
}

static int metrics_shown(void)
{
    return metrics_wine ? METRIC_COUNT : METRIC_WINESERVER_USER_US;
}

void metrics_json(const struct metrics *m, cJSON *to)
{
    for (int i = 0; i < metrics_shown(); i++)
        if (m->unknown[i])
            cJSON_AddNullToObject(to, metrics_table[i].key);
        else
            json_add_count(to, metrics_table[i].key, m->value[i]);
}

void metrics_unknown_json(const struct metrics *m, cJSON *unknown)
{
    for (int i = 0; i < metrics_shown(); i++) {
        const char *why = m->unknown[i];
        /* Known in some samples only. */
        if (!why && metrics_wine && i == METRIC_HANDLES)
            why = metrics_table[i].wine_lacks;
        if (why)
            cJSON_AddStringToObject(unknown, metrics_table[i].key, why);
    }
}
