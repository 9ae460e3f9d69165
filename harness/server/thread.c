/* Threads, and how many the harness knows of. */
#include "server/host.h"
#include <process.h>
#include <stdlib.h>

/* Shared by the new thread and its starter: the last to release it frees it. */
struct thread_begin {
    LPTHREAD_START_ROUTINE run;
    void *arg;
    volatile LONG begun, owners;
};

static volatile LONG thread_running;

static void thread_release(struct thread_begin *begin)
{
    if (InterlockedDecrement(&begin->owners) == 0)
        free(begin);
}

static unsigned __stdcall thread_main(void *arg)
{
    struct thread_begin *begin = arg;
    LPTHREAD_START_ROUTINE run = begin->run;
    void *argument = begin->arg;
    InterlockedExchange(&begin->begun, 1);
    thread_release(begin);
    DWORD code = run(argument);
    InterlockedDecrement(&thread_running);
    return code;
}

/* _beginthreadex, since the C library may end a process whose thread was made
 * by CreateThread when memory is short; and a reservation, since otherwise the
 * size is what gets committed. */
HANDLE thread_start(LPTHREAD_START_ROUTINE run, void *arg, uint32_t stack_kib)
{
    if (wine_thread_limit() > 0 && thread_running >= wine_thread_limit()) {
        SetLastError(ERROR_TOO_MANY_OPEN_FILES);
        return NULL;
    }
    struct thread_begin *begin = malloc(sizeof *begin);
    if (!begin) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *begin = (struct thread_begin){run, arg, 0, 2};
    InterlockedIncrement(&thread_running);
    HANDLE thread =
        (HANDLE)_beginthreadex(NULL, stack_kib * 1024, thread_main, begin,
                               STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    /* The system's error, where the C library kept it. */
    DWORD error = _doserrno ? (DWORD)_doserrno : ERROR_NOT_ENOUGH_MEMORY;
    if (thread && !wine_thread_begins(&begin->begun, thread)) {
        CloseHandle(thread);
        thread = NULL;
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    if (thread) {
        thread_release(begin);
        return thread;
    }
    InterlockedDecrement(&thread_running);
    free(begin);
    SetLastError(error);
    return NULL;
}

void thread_join(struct thread_stats *stats, HANDLE thread, DWORD wait_ms)
{
    const ULONGLONG deadline = GetTickCount64() + wait_ms;
    DWORD ended = WaitForSingleObject(thread, wait_ms);
    while (ended == WAIT_FAILED && GetTickCount64() < deadline) {
        stats_error(stats, GetLastError());
        Sleep(1);
        ended = WaitForSingleObject(thread, wait_ms);
    }
    if (ended == WAIT_TIMEOUT)
        SetLastError(WAIT_TIMEOUT); /* a wait that timed out sets none */
    if (ended != WAIT_OBJECT_0)
        die("WaitForSingleObject");
    stats_check(stats, CloseHandle(thread));
}

long thread_count(void)
{
    return thread_running;
}
