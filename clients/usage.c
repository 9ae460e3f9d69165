#include "clients/stats.h"

#ifdef _WIN32
#include "common/win.h"

#include <psapi.h>
#else
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

#include "common/errors.h"
#include "common/machine.h"

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

    *usage = (struct usage){0};
    if (!GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user))
        die("GetProcessTimes");
    usage->user_us = usage_us(user);
    usage->kernel_us = usage_us(kernel);
    if (!K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory))
        die("GetProcessMemoryInfo");
    usage->working_set_bytes = memory.WorkingSetSize;
    if (!machine_times(false, &usage->system_busy_us, &usage->system_idle_us))
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

/* Of all threads: their schedstat has the time run, the time waited and the
 * number of turns. False where the kernel does not keep it. */
static bool usage_run_delay(uint64_t *delay_us)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    char path[64], text[PROC_TEXT];
    bool known = tasks != NULL;

    /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while (known && (task = readdir(tasks)) != NULL) {
        unsigned long long waited_ns = 0;

        if (task->d_name[0] == '.')
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
