#include "clients/stats.h"

#ifdef _WIN32
#include "common/win.h"

#include <psapi.h>
#else
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

#include "common/errors.h"
#include "common/histogram.h"
#include "common/machine.h"

#define COUNTER(constant, key) key,
const char *const counter_names[COUNTERS] = {
#include "clients/counter_list.h"
};

void totals_add(struct totals *totals, const struct counts *counts)
{
    for (size_t i = 0; i < COUNTERS; i++)
        totals->of[i] += sync_get(&counts->of[i]);
}

bool totals_agree(const struct totals *totals)
{
    const uint64_t *of = totals->of;
    uint64_t outcomes = 0, ends = 0;

    for (int i = OUTCOME_CONNECTED; i <= OUTCOME_OTHER; i++)
        outcomes += of[i];
    for (int i = END_COMPLETED; i <= END_OTHER; i++)
        ends += of[i];
    return of[COUNTER_ATTEMPTED] == outcomes &&
           of[COUNTER_CONNECTED] == of[OUTCOME_CONNECTED] &&
           of[COUNTER_CONNECTED] == ends && of[COUNTER_CONNECTING] == 0 &&
           of[COUNTER_OPEN] == 0;
}

void times_init(struct times *times, bool intended, bool lateness, bool turns)
{
    *times = (struct times){0};
    for (int i = 0; i < TIMEDS; i++) {
        if ((i == TIMED_FROM_INTENDED && !intended) ||
            (i == TIMED_LATENESS && !lateness) || (i == TIMED_TURNS && !turns))
            continue;
        times->of[i] = histogram_make();
    }
}

void times_add(struct times *times, const struct times *from)
{
    for (int i = 0; i < TIMEDS; i++)
        if (times->of[i] != NULL)
            hdr_add(times->of[i], from->of[i]);
}

void times_free(struct times *times)
{
    for (int i = 0; i < TIMEDS; i++)
        if (times->of[i] != NULL)
            hdr_close(times->of[i]);
}

void times_record(struct hdr_histogram *histogram, int64_t ns, int64_t count)
{
    hdr_record_values(histogram, ns < HISTOGRAM_MAX ? ns : HISTOGRAM_MAX,
                      count);
}

void times_json(const struct times *times, cJSON *final)
{
    static const char *const names[] = {"from_send", "from_intended",
                                        "first_echo", "connect", "lateness"};
    cJSON *latency = cJSON_AddObjectToObject(final, "latency_us");

    for (int i = 0; i < TIMED_TURNS; i++)
        cJSON_AddItemToObject(latency, names[i],
                              histogram_json(times->of[i], "us"));
    cJSON_AddItemToObject(final, "turns",
                          histogram_json(times->of[TIMED_TURNS], "rounds"));
}

/* --- what the process costs ------------------------------------------------
 */

#ifdef _WIN32

/* 100 ns each. */
static uint64_t usage_us(FILETIME time)
{
    return (((uint64_t)time.dwHighDateTime << 32) | time.dwLowDateTime) / 10;
}

void usage_take(struct usage *usage)
{
    FILETIME made, ended, kernel, user;
    PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof memory};
    uint64_t idle_us;

    *usage = (struct usage){0};
    if (!GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user))
        die("GetProcessTimes");
    usage->user_us = usage_us(user);
    usage->kernel_us = usage_us(kernel);
    if (!K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory))
        die("GetProcessMemoryInfo");
    usage->working_set_bytes = memory.WorkingSetSize;
    if (!machine_times(true, &usage->usable_busy_us, &idle_us) ||
        !machine_times(false, &usage->system_busy_us, &usage->system_idle_us))
        die("NtQuerySystemInformation");
}

#else

static uint64_t usage_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

/* user nice system idle iowait irq softirq steal, in clock ticks. */
static void usage_system(struct usage *usage)
{
    unsigned long long t[8];
    uint64_t tick_us = 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
    char text[PROC_TEXT];

    if (sscanf(proc_text("/proc/stat", text),
               "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1],
               &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
        return;
    usage->system_idle_us = (t[3] + t[4]) * tick_us;
    usage->system_busy_us = (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * tick_us;
    usage->steal_us = t[7] * tick_us;
}

/* Of the load threads: their schedstat has the time run, the time waited and
 * the number of turns. The main thread, whose pulse waits for them by itself,
 * is left out. False where the kernel does not keep it. */
static bool usage_run_delay(uint64_t *delay_us)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    char path[64], text[PROC_TEXT];
    bool known = tasks != NULL;

    /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while (known && (task = readdir(tasks)) != NULL) {
        unsigned long long waited_ns = 0;

        if (task->d_name[0] == '.' ||
            strtol(task->d_name, NULL, 10) == (long)getpid())
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/schedstat",
                 task->d_name);
        known = sscanf(proc_text(path, text), "%*u %llu", &waited_ns) == 1;
        *delay_us += waited_ns / 1000;
    }
    if (tasks != NULL)
        closedir(tasks);
    return known;
}

void usage_take(struct usage *usage)
{
    struct rusage self;
    unsigned long long pages = 0;
    char text[PROC_TEXT];

    *usage = (struct usage){0};
    if (getrusage(RUSAGE_SELF, &self) != 0)
        die("getrusage");
    usage->user_us = usage_us(self.ru_utime);
    usage->kernel_us = usage_us(self.ru_stime);
    if (sscanf(proc_text("/proc/self/statm", text), "%*u %llu", &pages) == 1)
        usage->working_set_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    usage_system(usage);
    usage->scheduler = usage_run_delay(&usage->run_delay_us);
}

#endif
