#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef _WIN32
#include "common/win.h"

int64_t clock_ns(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    if (frequency.QuadPart == 0)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    /* In two parts: ticks times 10^9 overflows 64 bits within minutes. */
    return now.QuadPart / frequency.QuadPart * 1000000000 +
           now.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}

void clock_iso(char text[CLOCK_ISO_SIZE])
{
    SYSTEMTIME t;

    GetSystemTime(&t);
    snprintf(text, CLOCK_ISO_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             t.wYear % 10000u, t.wMonth % 100u, t.wDay % 100u, t.wHour % 100u,
             t.wMinute % 100u, t.wSecond % 100u, t.wMilliseconds % 1000u);
}

void clock_sleep_ms(uint32_t ms)
{
    Sleep(ms);
}
#else
#include <errno.h>

int64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void clock_iso(char text[CLOCK_ISO_SIZE])
{
    struct timespec now;
    struct tm t;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &t);
    strftime(text, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(text + strlen(text), sizeof ".000Z", ".%03uZ",
             (unsigned)(now.tv_nsec / 1000000) % 1000u);
}

void clock_sleep_ms(uint32_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000,
                            .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}
#endif

void clock_stamp(char text[CLOCK_ISO_SIZE])
{
    char iso[CLOCK_ISO_SIZE];
    size_t length = 0;

    clock_iso(iso);
    for (size_t i = 0; iso[i] != '\0'; i++)
        if (strchr("-:.", iso[i]) == NULL)
            text[length++] = iso[i];
    text[length] = '\0';
}
