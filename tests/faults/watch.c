/* Where each socket's news go, and what is made up for it. */
#include "faults.h"

enum { WATCH_SOCKETS = 4096, WATCH_DOOMED = 64 };

struct watch_doomed {
    const OVERLAPPED *io; /* NULL: free */
    DWORD error;
};

static struct {
    SRWLOCK lock;
    size_t used;
    struct fault_watch each[WATCH_SOCKETS];
    struct watch_doomed doomed[WATCH_DOOMED];
} watch = {.lock = SRWLOCK_INIT};

/* Under the lock. */
static struct fault_watch *watch_find(SOCKET s)
{
    for (size_t i = 0; i < watch.used; i++)
        if (watch.each[i].sock == s)
            return &watch.each[i];
    return NULL;
}

void fault_watch(const struct fault_watch *new)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(new->sock);
    if (!w) {
        if (watch.used == WATCH_SOCKETS)
            die("fault_watch");
        w = &watch.each[watch.used++];
    }
    *w = *new;
    ReleaseSRWLockExclusive(&watch.lock);
}

void fault_forget(SOCKET s)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(s);
    if (w)
        *w = watch.each[--watch.used];
    ReleaseSRWLockExclusive(&watch.lock);
}

void fault_tell(SOCKET s, long which)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(s);
    if (w && (w->which & which) && w->window)
        PostMessageW(w->window, w->message, (WPARAM)s, (LPARAM)which);
    if (w && (w->which & which) && w->event) {
        w->told |= which;
        WSASetEvent(w->event);
    }
    ReleaseSRWLockExclusive(&watch.lock);
}

long fault_told(SOCKET s)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(s);
    long told = w ? w->told : 0;
    if (w)
        w->told = 0;
    ReleaseSRWLockExclusive(&watch.lock);
    return told;
}

DWORD fault_broken(SOCKET s, DWORD error)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(s);
    if (w && error)
        w->broken = error;
    error = w ? w->broken : 0;
    ReleaseSRWLockExclusive(&watch.lock);
    return error;
}

static void watch_doom(const OVERLAPPED *io, DWORD error)
{
    AcquireSRWLockExclusive(&watch.lock);
    size_t i = 0;
    while (i < WATCH_DOOMED && watch.doomed[i].io)
        i++;
    if (i == WATCH_DOOMED)
        die("watch_doom");
    watch.doomed[i] = (struct watch_doomed){io, error};
    ReleaseSRWLockExclusive(&watch.lock);
}

DWORD fault_doomed(const OVERLAPPED *io, bool take)
{
    DWORD error = 0;
    AcquireSRWLockExclusive(&watch.lock);
    for (size_t i = 0; i < WATCH_DOOMED && error == 0; i++) {
        if (watch.doomed[i].io != io)
            continue;
        error = watch.doomed[i].error;
        if (take)
            watch.doomed[i].io = NULL;
    }
    ReleaseSRWLockExclusive(&watch.lock);
    return error;
}

struct watch_routine {
    LPWSAOVERLAPPED_COMPLETION_ROUTINE done;
    OVERLAPPED *io;
    DWORD error;
};

static void CALLBACK watch_run(ULONG_PTR arg)
{
    struct watch_routine routine = *(struct watch_routine *)arg;
    free((void *)arg);
    routine.done(routine.error, 0, routine.io, 0);
}

static bool watch_queue(OVERLAPPED *io, LPWSAOVERLAPPED_COMPLETION_ROUTINE done,
                        DWORD error)
{
    struct watch_routine *routine = malloc(sizeof *routine);
    if (!routine)
        return false;
    *routine = (struct watch_routine){done, io, error};
    if (QueueUserAPC(watch_run, GetCurrentThread(), (ULONG_PTR)routine))
        return true;
    free(routine);
    return false;
}

struct watch_pool_done {
    struct fault_watch at;
    OVERLAPPED *io;
    DWORD error;
};

static void CALLBACK watch_pool_run(PTP_CALLBACK_INSTANCE instance, void *arg)
{
    struct watch_pool_done done = *(struct watch_pool_done *)arg;
    free(arg);
    done.at.pool_done(instance, done.at.pool_arg, done.io, done.error, 0,
                      done.at.pool_io);
}

/* The pool waits for an operation that was not made: it is told so, and gets
 * the callback as any other work. */
static bool watch_pool(const struct fault_watch *at, OVERLAPPED *io,
                       DWORD error)
{
    struct watch_pool_done *done = malloc(sizeof *done);
    if (!done)
        return false;
    *done = (struct watch_pool_done){*at, io, error};
    if (!TrySubmitThreadpoolCallback(watch_pool_run, done, at->environment)) {
        free(done);
        return false;
    }
    CancelThreadpoolIo(at->pool_io);
    return true;
}

/* Internal is the operation's NTSTATUS: any but STATUS_PENDING is an end. */
bool fault_finish(SOCKET s, OVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done, DWORD error)
{
    enum { WATCH_UNSUCCESSFUL = 0x40000001 };
    AcquireSRWLockExclusive(&watch.lock);
    struct fault_watch *w = watch_find(s);
    struct fault_watch at = w ? *w : (struct fault_watch){.sock = s};
    ReleaseSRWLockExclusive(&watch.lock);
    io->Internal = WATCH_UNSUCCESSFUL;
    io->InternalHigh = 0;
    if (done)
        return watch_queue(io, done, error);
    watch_doom(io, error);
    if (at.pool_io)
        return watch_pool(&at, io, error);
    return at.port ? PostQueuedCompletionStatus(at.port, 0, at.key, io)
                   : SetEvent(io->hEvent);
}
