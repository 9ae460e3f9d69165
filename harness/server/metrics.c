#include "server/metrics.h"
#include "common/clock.h"
#include "common/jsonl.h"
#include "server/census.h"
#include "common/machine.h"
#include "common/proc.h"
#include <psapi.h>

static const char *const metrics_keys[METRIC_COUNT] = {
    [METRIC_CONNECTIONS] = "connections",
    [METRIC_ACCEPTED] = "accepted",
    [METRIC_OPENS] = "opens",
    [METRIC_CLOSES] = "closes",
    [METRIC_REFUSED] = "refused",
    [METRIC_RECV_BYTES] = "recv_bytes",
    [METRIC_SEND_BYTES] = "send_bytes",
    [METRIC_RECVS] = "recvs",
    [METRIC_SENDS] = "sends",
    [METRIC_PARTIAL_SENDS] = "partial_sends",
    [METRIC_BLOCKED_SENDS] = "blocked_sends",
    [METRIC_USER_US] = "user_us",
    [METRIC_KERNEL_US] = "kernel_us",
    [METRIC_CYCLES] = "cycles",
    [METRIC_WORKING_SET] = "working_set_bytes",
    [METRIC_PEAK_WORKING_SET] = "peak_working_set_bytes",
    [METRIC_PRIVATE] = "private_bytes",
    [METRIC_PAGED_POOL] = "paged_pool_bytes",
    [METRIC_NONPAGED_POOL] = "nonpaged_pool_bytes",
    [METRIC_THREADS] = "threads",
    [METRIC_HANDLES] = "handles",
    [METRIC_CONTEXT_SWITCHES] = "context_switches",
    [METRIC_SYSTEM_BUSY_US] = "system_busy_us",
    [METRIC_SYSTEM_IDLE_US] = "system_idle_us",
    [METRIC_SYSTEM_NONPAGED_POOL] = "system_nonpaged_pool_bytes",
    [METRIC_WINESERVER_USER_US] = "wineserver_user_us",
    [METRIC_WINESERVER_KERNEL_US] = "wineserver_kernel_us",
    [METRIC_HOST_TCP_MEMORY] = "host_tcp_memory_bytes",
};

/* What Wine answers with a zero, or not at all, where nothing was measured. */
static const char *const metrics_wine_lacks[METRIC_COUNT] = {
    [METRIC_CYCLES] = "Wine does not have QueryProcessCycleTime",
    [METRIC_PRIVATE] = "Wine reports 0 for it",
    [METRIC_PAGED_POOL] = "Wine has no paged pool",
    [METRIC_NONPAGED_POOL] = "Wine has no non-paged pool",
    [METRIC_HANDLES] =
        "under Wine they are counted seldom, since it takes long",
    [METRIC_CONTEXT_SWITCHES] = "Wine does not count context switches",
    [METRIC_SYSTEM_NONPAGED_POOL] = "Wine has no non-paged pool",
    [METRIC_WINESERVER_USER_US] =
        "the processor time of Wine's server is not in /proc/self/stat here",
    [METRIC_WINESERVER_KERNEL_US] =
        "the processor time of Wine's server is not in /proc/self/stat here",
    [METRIC_HOST_TCP_MEMORY] = "/proc/net/sockstat is not readable here",
};

static bool metrics_wine;

void metrics_open(void)
{
    metrics_wine = machine_is_wine();
}

/* A zero under Wine, of what it does not measure, is not a value. */
static void metrics_set(struct metrics *m, enum metric which, bool told,
                        uint64_t value)
{
    const char *lack = metrics_wine ? metrics_wine_lacks[which] : NULL;
    if (told && (value != 0 || !lack)) {
        m->value[which] = value;
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
    workers_counts(&host->workers, sum);
    for (int i = 0; i < COUNT_KINDS; i++)
        if (i != COUNT_UNOPENED)
            m->value[of[i]] = sum[i];
    m->value[METRIC_CONNECTIONS] = sum[COUNT_OPENS] - sum[COUNT_CLOSES];
    m->value[METRIC_ACCEPTED] = sum[COUNT_OPENS] + sum[COUNT_REFUSED];
}

static void metrics_cpu(struct metrics *m)
{
    FILETIME created, ended, kernel = {0}, user = {0}, idle = {0};
    bool told = GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel,
                                &user) != 0;
    metrics_set(m, METRIC_USER_US, told, metrics_us(user));
    metrics_set(m, METRIC_KERNEL_US, told, metrics_us(kernel));
    ULONG64 cycles = 0;
    told = QueryProcessCycleTime(GetCurrentProcess(), &cycles) != 0;
    metrics_set(m, METRIC_CYCLES, told, cycles);
    /* The kernel time of the system has the idle time in it. */
    told = GetSystemTimes(&idle, &kernel, &user) != 0;
    metrics_set(m, METRIC_SYSTEM_BUSY_US, told,
                metrics_us(kernel) + metrics_us(user) - metrics_us(idle));
    metrics_set(m, METRIC_SYSTEM_IDLE_US, told, metrics_us(idle));
}

static void metrics_memory(struct metrics *m)
{
    PROCESS_MEMORY_COUNTERS_EX p = {.cb = sizeof p};
    bool told = GetProcessMemoryInfo(GetCurrentProcess(),
                                     (PROCESS_MEMORY_COUNTERS *)(void *)&p,
                                     sizeof p) != 0;
    metrics_set(m, METRIC_WORKING_SET, told, p.WorkingSetSize);
    metrics_set(m, METRIC_PEAK_WORKING_SET, told, p.PeakWorkingSetSize);
    /* Documented as the same figure; Wine fills only the second. */
    metrics_set(m, METRIC_PRIVATE, told,
                p.PrivateUsage ? p.PrivateUsage : p.PagefileUsage);
    metrics_set(m, METRIC_PAGED_POOL, told, p.QuotaPagedPoolUsage);
    metrics_set(m, METRIC_NONPAGED_POOL, told, p.QuotaNonPagedPoolUsage);
    if (metrics_wine)
        return;
    DWORD handles = 0;
    told = GetProcessHandleCount(GetCurrentProcess(), &handles) != 0;
    metrics_set(m, METRIC_HANDLES, told, handles);
}

/* What the system answers by walking all that runs on it: not in each sample,
 * or the model with the most threads would pay most for being measured. */
static const char metrics_seldom[] = "it is measured seldom, as it takes long";

static void metrics_system_pool(struct metrics *m, bool now)
{
    PERFORMANCE_INFORMATION p = {.cb = sizeof p};
    /* Wine walks all threads, 11 us each, to answer with a zero. */
    bool told = now && !metrics_wine && GetPerformanceInfo(&p, sizeof p) != 0;
    metrics_set(m, METRIC_SYSTEM_NONPAGED_POOL, told,
                (uint64_t)p.KernelNonpaged * p.PageSize);
    if (!now && !metrics_wine)
        m->unknown[METRIC_SYSTEM_NONPAGED_POOL] = metrics_seldom;
}

/* True when it counted now, and did not go by the last count. */
static bool metrics_census(struct metrics *m, bool exact)
{
    /* Under Wine 4,000 threads take 40 ms to count: never on demand. */
    struct census c = {0};
    bool told = census_take(exact && !metrics_wine, metrics_wine, &c);
    metrics_set(m, METRIC_THREADS, told, c.threads);
    /* GetProcessHandleCount answers 0 under Wine, which does know them all. */
    if (metrics_wine)
        metrics_set(m, METRIC_HANDLES, told && c.counted, c.handles);
    metrics_set(m, METRIC_CONTEXT_SWITCHES, told && c.counted,
                c.context_switches);
    if (told && !c.counted && !metrics_wine)
        m->unknown[METRIC_CONTEXT_SWITCHES] = metrics_seldom;
    return told && c.counted;
}

static void metrics_below_wine(struct metrics *m)
{
    uint64_t bytes = 0;
    bool told = proc_tcp_memory(&bytes);
    metrics_set(m, METRIC_HOST_TCP_MEMORY, told, bytes);
    /* The unit is pages, so that a quiet kernel's zero is a zero. */
    if (told)
        m->unknown[METRIC_HOST_TCP_MEMORY] = NULL;
}

static void metrics_wineserver(struct metrics *m)
{
    struct proc_cpu cpu = {0, 0};
    bool told = proc_wineserver(&cpu);
    metrics_set(m, METRIC_WINESERVER_USER_US, told, cpu.user_us);
    metrics_set(m, METRIC_WINESERVER_KERNEL_US, told, cpu.kernel_us);
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
    metrics_system_pool(m, metrics_census(m, exact));
}

static int metrics_shown(void)
{
    return metrics_wine ? METRIC_COUNT : METRIC_WINESERVER_USER_US;
}

void metrics_json(const struct metrics *m, cJSON *to)
{
    for (int i = 0; i < metrics_shown(); i++)
        if (m->unknown[i])
            cJSON_AddNullToObject(to, metrics_keys[i]);
        else
            json_add_count(to, metrics_keys[i], m->value[i]);
}

void metrics_unknown_json(const struct metrics *m, cJSON *unknown)
{
    for (int i = 0; i < metrics_shown(); i++) {
        const char *why = m->unknown[i];
        /* Known in some samples only. */
        if (!why && metrics_wine && i == METRIC_HANDLES)
            why = metrics_wine_lacks[i];
        if (why)
            cJSON_AddStringToObject(unknown, metrics_keys[i], why);
    }
}
