/* Windows ticks: included by force before the Windows engine of iomodels-ticks,
 * it refuses a high-resolution timer, as before Windows 10 1803, and rounds an
 * ordinary one up to a clock of 15.6 ms; Wine's are finer. */
#ifndef IOMODELS_TICKS_H
#define IOMODELS_TICKS_H

#include "common/win.h"

static inline HANDLE ticks_create(SECURITY_ATTRIBUTES *security,
                                  const WCHAR *name, DWORD flags, DWORD access)
{
    if ((flags & CREATE_WAITABLE_TIMER_HIGH_RESOLUTION) == 0)
        return CreateWaitableTimerExW(security, name, flags, access);
    SetLastError(ERROR_INVALID_PARAMETER);
    return NULL;
}

/* `due` is relative, in 100 ns, and negative. */
static inline BOOL ticks_set(HANDLE timer, const LARGE_INTEGER *due,
                             LONG period, PTIMERAPCROUTINE done, void *arg,
                             BOOL resume)
{
    const LONGLONG tick = 156250;
    LARGE_INTEGER now, frequency, rounded;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    LONGLONG begin =
        (LONGLONG)((double)now.QuadPart * 1e7 / (double)frequency.QuadPart);
    LONGLONG end = (begin - due->QuadPart + tick - 1) / tick * tick;
    rounded.QuadPart = begin - end;
    return SetWaitableTimer(timer, &rounded, period, done, arg, resume);
}

#define CreateWaitableTimerExW ticks_create
#define SetWaitableTimer       ticks_set

#endif
