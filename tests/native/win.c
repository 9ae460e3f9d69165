#include "common/win.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WIN_PAGE = 4096 };

long win_commits_left = -1;

/* A page ahead of what is reserved remembers its size. */
static void *win_reserve(size_t bytes)
{
    char *map = mmap(NULL, bytes + WIN_PAGE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED || mprotect(map, WIN_PAGE, PROT_READ | PROT_WRITE)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *(size_t *)(void *)map = bytes + WIN_PAGE;
    return map + WIN_PAGE;
}

/* Whole pages, as Windows does it. */
static int win_access(void *base, size_t bytes, DWORD access)
{
    uintptr_t first = (uintptr_t)base & ~(uintptr_t)(WIN_PAGE - 1);
    size_t length = (uintptr_t)base + bytes - first;
    return mprotect((void *)first, length,
                    access == PAGE_READWRITE ? PROT_READ | PROT_WRITE
                                             : PROT_NONE);
}

void *VirtualAlloc(void *base, size_t bytes, DWORD how, DWORD access)
{
    if (how == MEM_RESERVE)
        return win_reserve(bytes);
    if (win_commits_left == 0 || win_access(base, bytes, access) != 0) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (win_commits_left > 0)
        win_commits_left--;
    return base;
}

BOOL VirtualFree(void *base, size_t bytes, DWORD how)
{
    (void)bytes;
    (void)how;
    char *map = (char *)base - WIN_PAGE;
    return munmap(map, *(size_t *)(void *)map) == 0;
}

BOOL VirtualProtect(void *base, size_t bytes, DWORD access, DWORD *before)
{
    *before = access == PAGE_NOACCESS ? PAGE_READWRITE : PAGE_NOACCESS;
    return win_access(base, bytes, access) == 0;
}

struct win_event {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    BOOL set;
};

HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const wchar_t *name)
{
    struct win_event *event = malloc(sizeof *event);
    if (security || !manual || name || !event)
        abort();
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&event->lock, NULL);
    pthread_cond_init(&event->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    event->set = set;
    return event;
}

BOOL SetEvent(HANDLE handle)
{
    struct win_event *event = handle;
    pthread_mutex_lock(&event->lock);
    event->set = TRUE;
    pthread_cond_broadcast(&event->changed);
    pthread_mutex_unlock(&event->lock);
    return TRUE;
}

DWORD WaitForSingleObject(HANDLE handle, DWORD wait_ms)
{
    struct win_event *event = handle;
    struct timespec end;
    int failed = 0;
    clock_gettime(CLOCK_MONOTONIC, &end);
    uint64_t ns = (uint64_t)end.tv_nsec + (uint64_t)wait_ms * 1000000;
    end.tv_sec += (time_t)(ns / 1000000000);
    end.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&event->lock);
    while (!event->set && failed == 0)
        failed = pthread_cond_timedwait(&event->changed, &event->lock, &end);
    BOOL set = event->set;
    pthread_mutex_unlock(&event->lock);
    return set ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
}

BOOL CloseHandle(HANDLE handle)
{
    struct win_event *event = handle;
    pthread_cond_destroy(&event->changed);
    pthread_mutex_destroy(&event->lock);
    free(event);
    return TRUE;
}

void Sleep(DWORD ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&wait, NULL);
}

HANDLE GetCurrentProcess(void)
{
    return NULL;
}

BOOL TerminateProcess(HANDLE process, unsigned code)
{
    (void)process;
    _exit((int)code);
}

DWORD GetActiveProcessorCount(unsigned group)
{
    (void)group;
    return 2;
}

BOOL SetConsoleCtrlHandler(BOOL (*handler)(DWORD event), BOOL add)
{
    (void)handler;
    (void)add;
    return TRUE;
}
