#include "common/pulse.h"

#include <stdbool.h>

#include "common/clock.h"

#ifdef _WIN32
#include "common/errors.h"
#include "common/win.h"

static uint64_t pulse_100ns(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static int64_t pulse_cpu_ns(void)
{
    FILETIME made, ended, kernel, user;

    if (!GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user))
        die("GetProcessTimes");
    return (int64_t)(pulse_100ns(kernel) + pulse_100ns(user)) * 100;
}
#else
#include <time.h>

static int64_t pulse_cpu_ns(void)
{
    struct timespec t = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
#endif

static struct {
    bool goes;
    int64_t at_ns, cpu_ns; /* of the last beat */
    uint64_t held_up_us;
} pulse;

uint64_t pulse_beat(void)
{
    const int64_t now = clock_ns(), cpu = pulse_cpu_ns();
    const int64_t gap = now - pulse.at_ns;
    const int64_t late = gap - PULSE_MS * INT64_C(1000000);

    if (pulse.goes && late >= PULSE_LATE_MS * INT64_C(1000000) &&
        cpu - pulse.cpu_ns < gap / 4)
        pulse.held_up_us += (uint64_t)late / 1000;
    pulse.goes = true;
    /* Not `now`: Wine asks its server for the times, which may take long. */
    pulse.at_ns = clock_ns();
    pulse.cpu_ns = cpu;
    return pulse.held_up_us;
}

void pulse_pause(void)
{
    pulse.goes = false;
}
