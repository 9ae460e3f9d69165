#include "clients/usage.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "clients/endpoint.h"

static uint64_t usage_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static uint64_t usage_working_set(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* user nice system idle iowait irq softirq steal, in clock ticks. */
static void usage_system(struct usage *usage)
{
    unsigned long long t[8] = {0};
    uint64_t tick_us = 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
    FILE *file = fopen("/proc/stat", "r");

    if (file == NULL)
        return;
    if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0],
               &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
        usage->system_idle_us = (t[3] + t[4]) * tick_us;
        usage->system_busy_us =
            (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * tick_us;
        usage->steal_us = t[7] * tick_us;
    }
    fclose(file);
}

/* Of all threads: their schedstat has the time run, the time waited and the
 * number of turns. False where the kernel does not keep it. */
static bool usage_run_delay(uint64_t *delay_us)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    char path[64];
    bool known = tasks != NULL;

    /* The stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while (known && (task = readdir(tasks)) != NULL) {
        unsigned long long waited_ns;
        FILE *file;

        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/schedstat",
                 task->d_name);
        file = fopen(path, "r");
        known = file != NULL && fscanf(file, "%*u %llu", &waited_ns) == 1;
        if (known)
            *delay_us += waited_ns / 1000;
        if (file != NULL)
            fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return known;
}

void usage_take(struct usage *usage)
{
    struct rusage self;

    *usage = (struct usage){0};
    if (getrusage(RUSAGE_SELF, &self) != 0)
        die("getrusage");
    usage->user_us = usage_us(self.ru_utime);
    usage->kernel_us = usage_us(self.ru_stime);
    usage->working_set_bytes = usage_working_set();
    usage_system(usage);
    usage->scheduler = usage_run_delay(&usage->run_delay_us);
}

uint32_t usage_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (uint32_t)CPU_COUNT(&set);
    return (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
}

/* The value of the first line of `path` that begins with `key`, without the
 * quotes and separators around it; false when there is none. */
static bool usage_line(const char *path, const char *key, char *value,
                       size_t size)
{
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        const char *from = line + strlen(key);

        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        from += strspn(from, " \t:=\"");
        snprintf(value, size, "%.*s", (int)strcspn(from, "\"\n"), from);
        found = value[0] != '\0';
    }
    fclose(file);
    return found;
}

static void usage_file(cJSON *machine, cJSON *unknown, const char *name,
                       const char *path, const char *key)
{
    char value[256], why[320];

    if (usage_line(path, key, value, sizeof value)) {
        cJSON_AddStringToObject(machine, name, value);
        return;
    }
    snprintf(why, sizeof why, "%s has no line %s", path, key);
    cJSON_AddNullToObject(machine, name);
    cJSON_AddStringToObject(unknown, name, why);
}

static void usage_ports(cJSON *machine, cJSON *unknown)
{
    uint32_t first, count;
    int range[2];

    if (!ports_range(&first, &count)) {
        cJSON_AddNullToObject(machine, "dynamic_ports");
        cJSON_AddStringToObject(unknown, "dynamic_ports",
                                "the kernel's port range cannot be read");
        return;
    }
    range[0] = (int)first;
    range[1] = (int)count;
    cJSON_AddItemToObject(machine, "dynamic_ports",
                          cJSON_CreateIntArray(range, 2));
}

cJSON *usage_machine(cJSON *unknown)
{
    cJSON *machine = cJSON_CreateObject();
    struct utsname name;

    if (uname(&name) != 0)
        die("uname");
    cJSON_AddStringToObject(machine, "os", name.sysname);
    cJSON_AddStringToObject(machine, "os_version", name.release);
    usage_file(machine, unknown, "os_edition", "/etc/os-release",
               "PRETTY_NAME");
    cJSON_AddStringToObject(machine, "os_build", name.version);
    cJSON_AddNullToObject(machine, "wine_version");
    cJSON_AddNullToObject(machine, "wine_host");
    usage_file(machine, unknown, "cpu", "/proc/cpuinfo", "model name");
    json_add_count(machine, "cores", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_add_count(machine, "usable_processors", usage_processors());
    json_add_count(machine, "memory_bytes",
                   (uint64_t)sysconf(_SC_PHYS_PAGES) *
                       (uint64_t)sysconf(_SC_PAGESIZE));
    cJSON_AddStringToObject(machine, "computer_arch", name.machine);
    usage_ports(machine, unknown);
    cJSON_AddNullToObject(machine, "loopback_mode");
    return machine;
}
