#include "server/thread.h"
#include <process.h>
#include <stdlib.h>
#include "common/machine.h"
#include "common/proc.h"

enum {
    THREAD_YIELDS = 64,
    WINE_PER_THREAD = 4, /* descriptors, with those of its connection */
    WINE_KEPT = 512,     /* of them, for all else: at most */
    WINE_MANY = 1 << 30  /* no limit to speak of */
};

/* Of the thread and of the one that starts it: the last frees it. */
struct thread_begin {
    LPTHREAD_START_ROUTINE run;
    void *arg;
    volatile LONG runs, owners;
};

static volatile LONG thread_running;

static void thread_begun(struct thread_begin *begin)
{
    if (InterlockedDecrement(&begin->owners) == 0)
        free(begin);
}

static unsigned __stdcall thread_main(void *arg)
{
    struct thread_begin *begin = arg;
    LPTHREAD_START_ROUTINE run = begin->run;
    void *argument = begin->arg;
    InterlockedExchange(&begin->runs, 1);
    thread_begun(begin);
    DWORD code = run(argument);
    InterlockedDecrement(&thread_running);
    return code;
}

/* Under Wine, at the end of what it can do, a few threads end before they
 * ran: so there each is waited for. On Windows a thread that was made runs. */
static bool thread_runs(const struct thread_begin *begin, HANDLE thread)
{
    for (int i = 0; i < THREAD_YIELDS && !begin->runs; i++)
        SwitchToThread();
    while (!begin->runs)
        if (WaitForSingleObject(thread, 1) == WAIT_OBJECT_0)
            return begin->runs != 0;
    return true;
}

/* Under Wine a thread has descriptors in its process and in Wine's server, and
 * each call on an accepted socket needs one more for as long as it takes: the
 * threads that took the last would fail the connections of all. So there the
 * ceiling is one of ours, below that. 0: none. */
static long thread_ceiling(void)
{
    static volatile LONG known = -1; /* the same, whoever comes first */
    uint64_t files = 0;
    if (known < 0) {
        if (!machine_is_wine() || !proc_open_files(&files) || files > WINE_MANY)
            files = 0;
        uint64_t kept = files / 2 < WINE_KEPT ? files / 2 : WINE_KEPT;
        InterlockedExchange(&known, (LONG)((files - kept) / WINE_PER_THREAD));
    }
    return known;
}

/* _beginthreadex, since the C library may end a process whose thread was made
 * by CreateThread when memory is short; and a reservation, since otherwise the
 * size is what gets committed. */
HANDLE thread_start_with(LPTHREAD_START_ROUTINE run, void *arg, unsigned stack)
{
    if (thread_ceiling() > 0 && thread_running >= thread_ceiling()) {
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
        (HANDLE)_beginthreadex(NULL, stack, thread_main, begin,
                               STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    /* The system's error, where the C library kept it. */
    DWORD error = _doserrno ? (DWORD)_doserrno : ERROR_NOT_ENOUGH_MEMORY;
    if (thread && machine_is_wine() && !thread_runs(begin, thread)) {
        CloseHandle(thread);
        thread = NULL;
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    if (thread) {
        thread_begun(begin);
        return thread;
    }
    InterlockedDecrement(&thread_running);
    free(begin);
    SetLastError(error);
    return NULL;
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
    if (ended == WAIT_TIMEOUT)
        SetLastError(WAIT_TIMEOUT); /* a wait that timed out sets none */
    if (ended != WAIT_OBJECT_0)
        die("WaitForSingleObject");
    worker_check(w, CloseHandle(thread));
}

long thread_count(void)
{
    return thread_running;
}
