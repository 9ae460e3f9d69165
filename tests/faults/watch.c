/* Who is told of a socket, and what is made up for them. */
#include "faults.h"

enum { WATCH_SOCKETS = 4096, WATCH_DOOMED = 64 };

struct watch {
    SOCKET sock;
    HWND window;
    UINT message;
    WSAEVENT event;
    long which, told;
    HANDLE port;
    ULONG_PTR key;
};

struct watch_doomed {
    const OVERLAPPED *io; /* NULL: free */
    DWORD error;
};

static struct {
    SRWLOCK lock;
    size_t used;
    struct watch each[WATCH_SOCKETS];
    struct watch_doomed doomed[WATCH_DOOMED];
} watch = {.lock = SRWLOCK_INIT};

/* Under the lock. */
static struct watch *watch_find(SOCKET s)
{
    for (size_t i = 0; i < watch.used; i++)
        if (watch.each[i].sock == s)
            return &watch.each[i];
    return NULL;
}

static void watch_put(const struct watch *new)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct watch *w = watch_find(new->sock);
    if (!w) {
        if (watch.used == WATCH_SOCKETS)
            die("watch_put");
        w = &watch.each[watch.used++];
    }
    *w = *new;
    ReleaseSRWLockExclusive(&watch.lock);
}

void fault_watch_window(SOCKET s, HWND window, UINT message, long which)
{
    struct watch w = {
        .sock = s, .window = window, .message = message, .which = which};
    watch_put(&w);
}

void fault_watch_event(SOCKET s, WSAEVENT event, long which)
{
    struct watch w = {.sock = s, .event = event, .which = which};
    watch_put(&w);
}

void fault_watch_port(SOCKET s, HANDLE port, ULONG_PTR key)
{
    struct watch w = {.sock = s, .port = port, .key = key};
    watch_put(&w);
}

void fault_forget(SOCKET s)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct watch *w = watch_find(s);
    if (w)
        *w = watch.each[--watch.used];
    ReleaseSRWLockExclusive(&watch.lock);
}

void fault_tell(SOCKET s, long which)
{
    AcquireSRWLockExclusive(&watch.lock);
    struct watch *w = watch_find(s);
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
    struct watch *w = watch_find(s);
    long told = w ? w->told : 0;
    if (w)
        w->told = 0;
    ReleaseSRWLockExclusive(&watch.lock);
    return told;
}

void fault_doom(const OVERLAPPED *io, DWORD error)
{
    AcquireSRWLockExclusive(&watch.lock);
    size_t i = 0;
    while (i < WATCH_DOOMED && watch.doomed[i].io)
        i++;
    if (i == WATCH_DOOMED)
        die("fault_doom");
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

/* Internal is the operation's NTSTATUS: any but STATUS_PENDING is an end. */
bool fault_finish(SOCKET s, OVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done, DWORD error)
{
    enum { WATCH_UNSUCCESSFUL = 0x40000001 };
    AcquireSRWLockExclusive(&watch.lock);
    struct watch *w = watch_find(s);
    struct watch at = w ? *w : (struct watch){.sock = s};
    ReleaseSRWLockExclusive(&watch.lock);
    io->Internal = WATCH_UNSUCCESSFUL;
    io->InternalHigh = 0;
    if (done)
        return watch_queue(io, done, error);
    fault_doom(io, error);
    return at.port ? PostQueuedCompletionStatus(at.port, 0, at.key, io)
                   : SetEvent(io->hEvent);
}
