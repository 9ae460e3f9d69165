#include "host/thread.h"
#include <process.h>
#include <stdlib.h>

struct thread_begin {
    LPTHREAD_START_ROUTINE run;
    void *arg;
};

static volatile LONG thread_running;

static unsigned __stdcall thread_main(void *arg)
{
    struct thread_begin begin = *(struct thread_begin *)arg;
    free(arg);
    DWORD code = begin.run(begin.arg);
    InterlockedDecrement(&thread_running);
    return code;
}

/* _beginthreadex, since the C library may end a process whose thread was made
 * by CreateThread when memory is short; and a reservation, since otherwise the
 * size is what gets committed. */
HANDLE thread_start_with(LPTHREAD_START_ROUTINE run, void *arg, unsigned stack)
{
    struct thread_begin *begin = malloc(sizeof *begin);
    if (!begin) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *begin = (struct thread_begin){run, arg};
    InterlockedIncrement(&thread_running);
    HANDLE thread =
        (HANDLE)_beginthreadex(NULL, stack, thread_main, begin,
                               STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!thread) {
        /* The system's error, where the C library kept it. */
        DWORD error = _doserrno ? (DWORD)_doserrno : ERROR_NOT_ENOUGH_MEMORY;
        InterlockedDecrement(&thread_running);
        free(begin);
        SetLastError(error);
    }
    return thread;
}

/* 64 KiB is the unit in which address space is given out: less saves nothing,
 * and the calls of a model go a few KiB deep. 10,000 such threads reserve 640
 * MB, with the usual 1 MiB it would be 10 GB. */
HANDLE thread_start(LPTHREAD_START_ROUTINE run, void *arg)
{
    return thread_start_with(run, arg, THREAD_STACK);
}

void thread_join(struct worker *w, HANDLE thread, DWORD wait_ms)
{
    const ULONGLONG deadline = GetTickCount64() + wait_ms;
    DWORD ended = WaitForSingleObject(thread, wait_ms);
    while (ended == WAIT_FAILED && GetTickCount64() < deadline) {
        worker_error(w, GetLastError());
        Sleep(1);
        ended = WaitForSingleObject(thread, wait_ms);
    }
    if (ended != WAIT_OBJECT_0)
        die("WaitForSingleObject");
    worker_check(w, CloseHandle(thread));
}

long thread_count(void)
{
    return thread_running;
}
