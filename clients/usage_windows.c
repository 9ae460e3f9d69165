#include "clients/usage.h"

#include "common/win.h"

#include <psapi.h>

#include "common/errors.h"
#include "common/machine.h"

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

uint32_t usage_processors(void)
{
    return machine_usable_processors();
}

cJSON *usage_machine(cJSON *unknown)
{
    return machine_json(unknown);
}
