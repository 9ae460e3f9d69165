/* What the server costs, by the keys of PROTOCOL.md: measured at every tick, at
 * marks and at the end. */
#include "common/clock.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/pulse.h"
#include "server/host.h"
#include <psapi.h>
#include <stdlib.h>

struct sample {
    bool wine;
    cJSON *to, *unknown; /* unknown, for the reasons of nulls: or NULL */
};

static void metrics_add_null(const struct sample *s, const char *key,
                             const char *why)
{
    cJSON_AddNullToObject(s->to, key);
    cJSON_AddStringToObject(s->unknown, key, why);
}

/* `wine_lacks`: why Wine does not measure it, and answers zero. */
static void metrics_add(const struct sample *s, const char *key, bool known,
                        uint64_t value, const char *wine_lacks)
{
    if (s->wine && wine_lacks && (!known || value == 0))
        metrics_add_null(s, key, wine_lacks);
    else if (!known)
        metrics_add_null(s, key, "the system call for it failed");
    else
        json_add_count(s->to, key, value);
}

static void metrics_counts(const struct sample *s, struct host *host)
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
        {"limits_raised", COUNT_RAISED},
        {"receives_cut", COUNT_CUT},
        {"sleeps", COUNT_SLEEPS}, /* the last: of models that sleep */
        {"sleep_asked_us", COUNT_SLEEP_ASKED_US},
        {"slept_us", COUNT_SLEPT_US},
    };
    uint64_t sum[COUNT_KINDS];
    stats_counts(&host->stats, sum);
    json_add_count(s->to, "connections", sum[COUNT_OPENS] - sum[COUNT_CLOSES]);
    json_add_count(s->to, "accepted", sum[COUNT_OPENS] + sum[COUNT_REFUSED]);
    json_add_count(s->to, "buffers",
                   host->options.pool ? sum[COUNT_BORROWS] - sum[COUNT_REPAYS]
                                      : sum[COUNT_OPENS] - sum[COUNT_CLOSES]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].of < COUNT_SLEEPS || sum[COUNT_SLEEPS] > 0)
            json_add_count(s->to, counts[i].key, sum[counts[i].of]);
}

static uint64_t metrics_us(FILETIME t)
{
    return ((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10;
}

static void metrics_cpu(const struct sample *s)
{
    FILETIME created, ended, kernel = {0}, user = {0};
    const HANDLE self = GetCurrentProcess();
    ULONG64 cycles = 0;
    uint64_t busy_us, idle_us;
    bool known = GetProcessTimes(self, &created, &ended, &kernel, &user) != 0;
    metrics_add(s, "user_us", known, metrics_us(user), NULL);
    metrics_add(s, "kernel_us", known, metrics_us(kernel), NULL);
    known = QueryProcessCycleTime(self, &cycles) != 0;
    metrics_add(s, "cycles", known, cycles,
                "Wine does not have QueryProcessCycleTime");
    known = machine_times(false, &busy_us, &idle_us);
    metrics_add(s, "system_busy_us", known, busy_us, NULL);
    metrics_add(s, "system_idle_us", known, idle_us, NULL);
    known = machine_times(true, &busy_us, &idle_us);
    metrics_add(s, "usable_busy_us", known, busy_us, NULL);
}

static void metrics_below_wine(const struct sample *s)
{
    uint64_t user_us = 0, kernel_us = 0, bytes = 0;
    bool known = proc_wineserver(&user_us, &kernel_us);
    const char *why = known ? NULL
                            : "the processor time of Wine's server is not in "
                              "/proc/self/stat here";
    metrics_add(s, "wineserver_user_us", known, user_us, why);
    metrics_add(s, "wineserver_kernel_us", known, kernel_us, why);
    known = proc_tcp_memory(&bytes);
    metrics_add(s, "host_tcp_memory_bytes", known, bytes,
                known ? NULL : "/proc/net/sockstat is not readable here");
}

static void metrics_memory(const struct sample *s)
{
    PROCESS_MEMORY_COUNTERS_EX p = {.cb = sizeof p};
    bool known = GetProcessMemoryInfo(GetCurrentProcess(),
                                      (PROCESS_MEMORY_COUNTERS *)(void *)&p,
                                      sizeof p) != 0;
    metrics_add(s, "working_set_bytes", known, p.WorkingSetSize, NULL);
    metrics_add(s, "peak_working_set_bytes", known, p.PeakWorkingSetSize, NULL);
    /* Documented as the same figure; Wine fills only the second. */
    metrics_add(s, "private_bytes", known,
                p.PrivateUsage ? p.PrivateUsage : p.PagefileUsage,
                "Wine reports 0 for it");
    metrics_add(s, "paged_pool_bytes", known, p.QuotaPagedPoolUsage,
                "Wine has no paged pool");
    metrics_add(s, "nonpaged_pool_bytes", known, p.QuotaNonPagedPoolUsage,
                "Wine has no non-paged pool");
}

/* --- process info ------------------------------------------------------- */

/* Threads and context switches of this process: the call for them walks all
 * there are in the system, so it is made seldom, or the model with the most
 * threads would pay most for being measured. */
enum {
    METRICS_PROCESSES = 5, /* SystemProcessInformation */
    METRICS_SPREAD = 500,  /* at most 0.2 % of one processor */
    METRICS_MANY = 500,    /* threads: Wine takes 40 ms to count 4,000 */
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
        !look_up(L"ntdll.dll", "NtQuerySystemInformation", &metrics_last.query))
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

static void metrics_handles(const struct sample *s, uint64_t wine_count)
{
    static const char why[] =
        "under Wine they are counted rarely, since counting takes long";
    DWORD handles = 0;
    bool known = GetProcessHandleCount(GetCurrentProcess(), &handles) != 0;
    if (s->wine) {
        metrics_add(s, "handles", true, wine_count, why);
        if (wine_count) /* known in some samples only */
            cJSON_AddStringToObject(s->unknown, "handles", why);
    } else {
        metrics_add(s, "handles", known, handles, NULL);
    }
}

/* Between two counts the last one is carried on by the threads started and
 * ended here since. `exact`: a mark is worth more than a timed sample. */
static void metrics_threads(const struct sample *s, bool exact)
{
    static const char seldom[] = "it is measured rarely, since that takes long";
    const int64_t since = clock_ns() - metrics_last.at_ns;
    /* Linux gives a thread that took so long no turn for as long as all others
     * together need for the same time, which is seconds. */
    const bool may = !s->wine || thread_count() < METRICS_MANY;
    const bool due = (exact && !s->wine) || metrics_last.threads == 0 ||
                     (may && since >= metrics_last.cost_ns * METRICS_SPREAD);
    uint64_t switches = 0, handles = 0;
    const bool counted = due && metrics_count(s->wine, &switches, &handles);
    const long now =
        (long)metrics_last.threads + thread_count() - metrics_last.started;
    metrics_add(s, "threads", counted || !due, now > 1 ? (uint64_t)now : 1,
                NULL);
    metrics_handles(s, handles);
    if (!due && !s->wine) {
        metrics_add_null(s, "context_switches", seldom);
        metrics_add_null(s, "system_nonpaged_pool_bytes", seldom);
        return;
    }
    metrics_add(s, "context_switches", counted, switches,
                "Wine does not count context switches");
    /* This call walks all processes as well. */
    PERFORMANCE_INFORMATION p = {.cb = sizeof p};
    const bool known =
        counted && !s->wine && GetPerformanceInfo(&p, sizeof p) != 0;
    metrics_add(s, "system_nonpaged_pool_bytes", known,
                (uint64_t)p.KernelNonpaged * p.PageSize,
                "Wine has no non-paged pool");
}

/* --- samples ------------------------------------------------------------- */

/* A mark, whose time and counters were read when it was asked for. */
struct metrics_mark {
    cJSON *line;
    struct metrics_mark *next;
};

static struct {
    struct host *host;
    HANDLE thread; /* measures and writes all lines, one by one, in order */
    CONDITION_VARIABLE changed; /* first, or that the server stops */
    SRWLOCK begin;              /* held until lines may be written */
    SRWLOCK lock;               /* of the marks that wait for the thread */
    struct metrics_mark *first, **end;
    volatile LONG marks; /* waiting, or being made */
} metrics = {.begin = SRWLOCK_INIT, .lock = SRWLOCK_INIT};

/* First, and together: the time and the counters that are divided by it. */
static void metrics_over_time(cJSON *to, cJSON *unknown)
{
    struct sample s = {machine_is_wine(), to, unknown};
    json_add_count(to, "t_us",
                   (uint64_t)(clock_ns() - metrics.host->started_ns) / 1000);
    metrics_counts(&s, metrics.host);
    metrics_cpu(&s);
}

static void metrics_others(bool exact, cJSON *to, cJSON *unknown)
{
    struct sample s = {machine_is_wine(), to, unknown};
    if (metrics.host->sample_ms > 0)
        json_add_count(to, "held_up_us", pulse_beat());
    else
        metrics_add_null(&s, "held_up_us", "no samples are taken");
    if (s.wine)
        metrics_below_wine(&s);
    metrics_memory(&s);
    metrics_threads(&s, exact);
}

/* A line with the time, one text more unless it is NULL, and the first part of
 * the metrics. */
static cJSON *metrics_line(const char *event, const char *key, const char *text)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "event", event);
    if (text)
        cJSON_AddStringToObject(line, key, text);
    metrics_over_time(line, NULL);
    return line;
}

static void metrics_write(cJSON *line, bool exact)
{
    metrics_others(exact, line, NULL);
    /* A reader that went away is no reason to stop: the input says when. */
    json_lines_write(line);
}

/* A mark is an end of the window: whoever asks reads the counters at once, and
 * leaves it to the thread to measure what takes long. Beside a thousand threads
 * a millisecond of work may cost a second's wait for the next turn. */
void metrics_mark(const char *name)
{
    struct metrics_mark *mark = malloc(sizeof *mark);
    if (!mark)
        die("malloc");
    InterlockedIncrement(&metrics.marks);
    *mark = (struct metrics_mark){metrics_line("sample", "mark", name), NULL};
    AcquireSRWLockExclusive(&metrics.lock);
    *(metrics.first ? metrics.end : &metrics.first) = mark;
    metrics.end = &mark->next;
    ReleaseSRWLockExclusive(&metrics.lock);
    WakeConditionVariable(&metrics.changed);
}

static void metrics_write_marks(void)
{
    AcquireSRWLockExclusive(&metrics.lock);
    struct metrics_mark *mark = metrics.first;
    metrics.first = NULL;
    ReleaseSRWLockExclusive(&metrics.lock);
    while (mark) {
        struct metrics_mark *next = mark->next;
        metrics_write(mark->line, true);
        InterlockedDecrement(&metrics.marks);
        free(mark);
        mark = next;
    }
}

static void metrics_sample(void)
{
    cJSON *line = metrics_line("sample", NULL, NULL);
    if (metrics.marks == 0) /* or their times may be before this one's */
        metrics_write(line, false);
    else
        cJSON_Delete(line);
}

/* Waits for a mark, but at most PULSE_MS where samples are taken; by what Wine
 * does without its server, which may be busy with one call of a model for
 * longer than a hold-up: select with 12,000 sockets. False: the server stops.
 */
static bool metrics_wait(int64_t until_ns)
{
    const struct server *srv = &metrics.host->srv;
    DWORD wait_ms = INFINITE;
    if (metrics.host->sample_ms > 0) {
        int64_t left = (until_ns - clock_ns() + 999999) / 1000000;
        wait_ms = left > PULSE_MS ? PULSE_MS : left > 0 ? (DWORD)left : 0;
    }
    AcquireSRWLockExclusive(&metrics.lock);
    while (
        !metrics.first && !server_stopping(srv) &&
        SleepConditionVariableSRW(&metrics.changed, &metrics.lock, wait_ms, 0))
        ;
    ReleaseSRWLockExclusive(&metrics.lock);
    return !server_stopping(srv);
}

static DWORD WINAPI metrics_run(void *arg)
{
    const int64_t step = (int64_t)metrics.host->sample_ms * 1000000;
    int64_t next = clock_ns() + step;
    (void)arg;
    AcquireSRWLockExclusive(&metrics.begin);
    ReleaseSRWLockExclusive(&metrics.begin);
    for (;;) {
        pulse_beat();
        if (!metrics_wait(next))
            return 0;
        pulse_beat();
        pulse_pause(); /* what follows may take long */
        metrics_write_marks();
        if (step == 0 || clock_ns() < next)
            continue;
        metrics_sample();
        while (next <= clock_ns()) /* those that were missed are left out */
            next += step;
    }
}

void metrics_open(struct host *host, cJSON *unknown)
{
    cJSON *values = cJSON_CreateObject();
    metrics.host = host;
    metrics_over_time(values, unknown);
    metrics_others(true, values, unknown);
    cJSON_Delete(values);
    AcquireSRWLockExclusive(&metrics.begin);
    metrics.thread = thread_start(metrics_run, NULL, THREAD_STACK_KIB);
    if (!metrics.thread)
        server_cannot_start(&host->srv, "_beginthreadex");
}

void metrics_begin(void)
{
    ReleaseSRWLockExclusive(&metrics.begin);
}

static void metrics_add_errors(cJSON *to, const char *key,
                               const struct error_counts *sum)
{
    cJSON *object = cJSON_AddObjectToObject(to, key);
    for (uint32_t i = 0; i < sum->used; i++)
        json_add_count(object, stats_error_name(sum->entry[i].code),
                       sum->entry[i].count);
    if (sum->other)
        json_add_count(object, "other", sum->other);
}

void metrics_final(void)
{
    AcquireSRWLockExclusive(&metrics.lock);
    WakeConditionVariable(&metrics.changed);
    ReleaseSRWLockExclusive(&metrics.lock);
    if (WaitForSingleObject(metrics.thread, INFINITE) != WAIT_OBJECT_0)
        die("WaitForSingleObject");
    CloseHandle(metrics.thread);
    metrics_write_marks();
    cJSON *line = metrics_line("final", "stopped_by", metrics.host->stopped_by);
    metrics_others(true, line, NULL);
    metrics_add_errors(line, "errors", &metrics.host->stats.errors);
    metrics_add_errors(line, "refusals", &metrics.host->stats.refusals);
    json_lines_write(line); /* the last: nobody writes marks any more */
}
