/* For LD_PRELOAD: the call named in CALL fails with the number in ERRNO, as on
 * a network file system, an old kernel or under seccomp. Each failure adds a
 * byte to the file SHIM_HITS, so that a test sees that the call was made.
 * CALL=ticks: precise waits fail, and others end by a clock that ticks every
 * 15.6 ms, as on Windows without a high-resolution timer. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static bool shim_fails(const char *name)
{
    const char *call = getenv("CALL"), *hits = getenv("SHIM_HITS");
    const char *number = getenv("ERRNO");
    int file = -1;

    if (call == NULL || number == NULL ||
        (strcmp(call, name) != 0 &&
         (strcmp(call, "ticks") != 0 || strcmp(name, "epoll_pwait2") != 0)))
        return false;
    if (hits != NULL)
        file = open(hits, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file >= 0 && write(file, "x", 1) == 1)
        close(file);
    errno = atoi(number);
    return true;
}

/* `next` is the library's own function of the same name. Types and lists of
 * parameters take no parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
#define SHIM(result, failed, name, parameters, arguments)                      \
    result name parameters;                                                    \
    result name parameters                                                     \
    {                                                                          \
        result(*next) parameters;                                              \
        void *found = dlsym(RTLD_NEXT, #name);                                 \
                                                                               \
        memcpy(&next, &found, sizeof next);                                    \
        return shim_fails(#name) ? failed : next arguments;                    \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

SHIM(int, -1, fsync, (int file), (file))
SHIM(int, -1, link, (const char *from, const char *to), (from, to))
SHIM(int, -1, epoll_pwait2,
     (int epoll, struct epoll_event *events, int count,
      const struct timespec *time, const sigset_t *set),
     (epoll, events, count, time, set))
SHIM(int, -1, sched_getaffinity, (pid_t pid, size_t size, cpu_set_t *set),
     (pid, size, set))
SHIM(int, -1, getrlimit64, (__rlimit_resource_t what, struct rlimit64 *limit),
     (what, limit))
SHIM(int, -1, setrlimit64,
     (__rlimit_resource_t what, const struct rlimit64 *limit), (what, limit))

int epoll_wait(int epoll, struct epoll_event *events, int count, int ms)
{
    enum { TICK_US = 15625, MS_US = 1000 };
    int (*next)(int, struct epoll_event *, int, int);
    void *found = dlsym(RTLD_NEXT, "epoll_wait");
    struct timespec now;

    memcpy(&next, &found, sizeof next);
    if (ms > 0 && shim_fails("ticks")) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
        int64_t end = (us + ms * MS_US + TICK_US - 1) / TICK_US * TICK_US;

        ms = (int)((end - us + MS_US - 1) / MS_US);
    }
    return next(epoll, events, count, ms);
}

/* CALL=proc: nothing below /proc can be opened by stdio. */
FILE *fopen64(const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *);
    void *found = dlsym(RTLD_NEXT, "fopen64");

    memcpy(&next, &found, sizeof next);
    return strncmp(path, "/proc/", 6) == 0 && shim_fails("proc")
               ? NULL
               : next(path, mode);
}
