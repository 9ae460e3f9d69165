/* Holds what a model does against the sentences of its lifetime argument. */
#define WITNESS_ITSELF
#include "witness.h"
#include "witness_main.h"
#include "witness_rules.h"
#undef ExitProcess
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WITNESS_CONNS = 4096,
    WITNESS_ACCEPTS = 1024,
    WITNESS_BROKEN = 71,  /* the exit code */
    WITNESS_BREAK_AT = 20 /* posts: then a rule is broken on purpose */
};

static const char *const witness_rules[RULES] = {
    "owner",         "one",         "once",          "done",      "close",
    "hand",          "end",         "workers-first", "taken",     "accept-rest",
    "accept-thread", "accept-once", "after-error",   "cancelled",
};

struct witness_conn {
    SOCKET s;
    bool open, pending, posted;
    DWORD owner, holder; /* threads; 0: nobody yet */
    const OVERLAPPED *io;
};

struct witness_accept {
    const OVERLAPPED *io;
    bool out; /* in the kernel, or in the port */
    SOCKET s; /* its socket, while it is the accept's own */
};

static unsigned witness_threads; /* that run */

static struct {
    SRWLOCK lock;
    struct witness_conn conns[WITNESS_CONNS]; /* by slot */
    struct witness_accept accepts[WITNESS_ACCEPTS];
    unsigned accepts_used, posts;
    volatile bool has_port; /* before any connection is taken from it */
    DWORD accept_thread;
    uint64_t held[RULES];
    LPFN_ACCEPTEX accept_ex; /* the real one */
} witness = {.lock = SRWLOCK_INIT};

void witness_enter(void)
{
    AcquireSRWLockExclusive(&witness.lock);
}

void witness_leave(void)
{
    ReleaseSRWLockExclusive(&witness.lock);
}

void witness_hold(enum rule rule, bool ok)
{
    witness.held[rule]++;
    if (ok)
        return;
    fprintf(stderr, "witness: broken: %s\n", witness_rules[rule]);
    TerminateProcess(GetCurrentProcess(), WITNESS_BROKEN);
}

enum rule witness_breaks(void)
{
    const char *which = getenv("IOMODELS_WITNESS_BREAK");
    int rule = 0;
    if (++witness.posts != WITNESS_BREAK_AT || !which)
        return RULES;
    while (rule < RULES && strcmp(which, witness_rules[rule]) != 0)
        rule++;
    return (enum rule)rule;
}

static struct witness_conn *witness_of(const struct conn *c)
{
    if (c->slot >= WITNESS_CONNS)
        die("witness_of: give --max-connections 4096 at most");
    return &witness.conns[c->slot];
}

/* A port has workers; elsewhere the poster owns the connection. */
static void witness_owner(struct witness_conn *w)
{
    const DWORD self = GetCurrentThreadId();
    if (witness.has_port) {
        w->holder = w->holder == 0 ? self : w->holder; /* it was passed on */
        witness_hold(RULE_HAND, w->holder == self);
    } else {
        witness_hold(RULE_OWNER, w->owner == 0 || w->owner == self);
        w->owner = self;
    }
}

/* --- connections -------------------------------------------------------- */

static void witness_posts(struct witness_conn *w, const OVERLAPPED *io)
{
    witness_hold(RULE_ONE, w->open && !w->pending);
    witness_owner(w);
    w->pending = w->posted = true;
    w->io = io;
}

static void witness_takes(struct witness_conn *w)
{
    /* An accept's first bytes come without a receive. */
    witness_hold(RULE_ONCE, w->open && (w->pending || !w->posted));
    if (w->pending && w->io)
        witness_hold(RULE_DONE, HasOverlappedIoCompleted(w->io));
    if (witness.has_port)
        w->holder = GetCurrentThreadId();
    else
        witness_owner(w);
    w->pending = false;
}

static void witness_closes(struct witness_conn *w)
{
    witness_hold(RULE_CLOSE, w->open && !w->pending &&
                                 (!w->io || HasOverlappedIoCompleted(w->io)));
    witness_owner(w);
    w->open = false;
}

static void witness_thread_ends(void)
{
    bool open = false;
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        open |= witness.conns[i].open &&
                witness.conns[i].owner == GetCurrentThreadId();
    witness_hold(RULE_END, !open);
    witness_threads--;
}

/* NULL: all of a connection's socket. */
static void witness_cancels(const OVERLAPPED *io)
{
    const bool all = !io || witness.has_port;
    if (all)
        witness_hold(RULE_WORKERS_FIRST, witness_threads == 0);
    for (unsigned i = 0; !all && i < WITNESS_CONNS; i++)
        if (witness.conns[i].open && witness.conns[i].io == io)
            witness_hold(RULE_OWNER,
                         witness.conns[i].owner == GetCurrentThreadId());
}

/* --- accepts ------------------------------------------------------------ */

static struct witness_accept *witness_accept_of(const OVERLAPPED *io, bool make)
{
    for (unsigned i = 0; i < witness.accepts_used; i++)
        if (witness.accepts[i].io == io)
            return &witness.accepts[i];
    if (!make)
        return NULL;
    if (witness.accepts_used == WITNESS_ACCEPTS)
        die("witness_accept_of: too many accepts");
    struct witness_accept *a = &witness.accepts[witness.accepts_used++];
    *a = (struct witness_accept){.io = io, .s = INVALID_SOCKET};
    return a;
}

static void witness_accept_by(void)
{
    if (witness.accept_thread == 0)
        witness.accept_thread = GetCurrentThreadId();
    /* In a scenario where workers accept, their lock stands for the thread. */
    witness_hold(RULE_ACCEPT_THREAD,
                 witness.accept_thread == GetCurrentThreadId() ||
                     getenv("IOMODELS_WITNESS_MANY"));
}

static void witness_accept_posts(const OVERLAPPED *io, SOCKET s)
{
    struct witness_accept *a = witness_accept_of(io, true);
    witness_hold(RULE_ACCEPT_REST, !a->out && HasOverlappedIoCompleted(io));
    witness_accept_by();
    *a = (struct witness_accept){.io = io, .out = true, .s = s};
}

/* Its socket was handed on, or closed. */
static void witness_accept_gives(SOCKET s)
{
    unsigned owners = 0;
    for (unsigned i = 0; i < witness.accepts_used; i++) {
        if (witness.accepts[i].s != s)
            continue;
        witness.accepts[i].s = INVALID_SOCKET;
        owners++;
    }
    if (witness.accepts_used > 0) {
        witness_hold(RULE_ACCEPT_ONCE, owners == 1);
        witness_accept_by();
    }
}

/* --- the end, and rules broken on purpose ------------------------------- */

/* Prints how often each rule was held to. */
static void witness_ends(void)
{
    bool left = witness_xfers_left();
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        left |= witness.conns[i].open || witness.conns[i].pending;
    for (unsigned i = 0; i < witness.accepts_used; i++)
        left |=
            witness.accepts[i].out || witness.accepts[i].s != INVALID_SOCKET;
    witness_hold(RULE_TAKEN, !left && witness_threads == 0);
    for (int i = 0; i < RULES; i++)
        fprintf(stderr, "witness: held: %s %llu\n", witness_rules[i],
                (unsigned long long)witness.held[i]);
}

/* One event that must not be. */
static void witness_break(enum rule rule, struct witness_conn *w,
                          const OVERLAPPED *io)
{
    static const OVERLAPPED pending = {.Internal = 0x103}; /* STATUS_PENDING */
    if (rule >= RULE_ACCEPT_REST && witness.accepts_used == 0)
        return;
    switch ((int)rule) {
    case RULE_ONE:
        witness_posts(w, io);
        break;
    case RULE_CLOSE:
        witness_closes(w);
        break;
    case RULE_END:
        witness_thread_ends();
        break;
    case RULE_TAKEN:
        witness_ends();
        break;
    case RULE_DONE:
        w->io = &pending;
        witness_takes(w);
        break;
    case RULE_ONCE:
        w->pending = false;
        witness_takes(w);
        break;
    case RULE_OWNER:
    case RULE_HAND:
        w->pending = false;
        w->owner = w->holder = GetCurrentThreadId() + 1;
        witness_posts(w, io);
        break;
    case RULE_WORKERS_FIRST:
        if (witness.has_port)
            witness_cancels(NULL);
        break;
    case RULE_ACCEPT_REST:
        witness_accept_posts(witness.accepts[0].io, witness.accepts[0].s);
        break;
    case RULE_ACCEPT_THREAD:
        witness.accept_thread++;
        witness_accept_by();
        break;
    case RULE_ACCEPT_ONCE:
        witness_accept_gives((SOCKET)1);
        break;
    default:
        break;
    }
}

/* --- what the model calls instead --------------------------------------- */

/* The first operation of a connection is a receive into its conn.io; others may
 * have other buffers, and the same OVERLAPPED. */
static struct witness_conn *witness_begins(const WSABUF *buffers,
                                           const OVERLAPPED *io)
{
    struct witness_conn *w = NULL;
    witness_enter();
    for (unsigned i = 0; i < WITNESS_CONNS && !w; i++)
        if (witness.conns[i].open && witness.conns[i].io == io)
            w = &witness.conns[i];
    if (!w)
        w = witness_of(CONTAINING_RECORD(buffers, struct conn, io));
    witness_posts(w, io);
    witness_break(witness_breaks(), w, io);
    witness_leave();
    return w;
}

static int witness_begun(struct witness_conn *w, int failed)
{
    if (failed && WSAGetLastError() != WSA_IO_PENDING)
        w->io = NULL; /* the kernel has nothing */
    return failed;
}

int witness_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD *flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct witness_conn *w = witness_begins(buffers, io);
    return witness_begun(w, WSARecv(s, buffers, count, bytes, flags, io, done));
}

int witness_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct witness_conn *w = witness_begins(buffers, io);
    return witness_begun(w, WSASend(s, buffers, count, bytes, flags, io, done));
}

BOOL witness_read(HANDLE file, void *to, DWORD size, DWORD *bytes,
                  OVERLAPPED *io)
{
    struct witness_conn *w = witness_begins(NULL, io);
    BOOL ok = ReadFile(file, to, size, bytes, io);
    witness_begun(w, !ok);
    return ok;
}

/* A receive at once, by who has the connection in hand. */
int witness_receive(SOCKET s, char *to, int size, int flags)
{
    witness_enter();
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        if (witness.conns[i].open && witness.conns[i].s == s) {
            witness_hold(RULE_ONE, !witness.conns[i].pending);
            witness_owner(&witness.conns[i]);
            witness.conns[i].posted = false; /* no operation brought these */
        }
    witness_leave();
    return recv(s, to, size, flags);
}

/* Without an OVERLAPPED it is for a socket: of a connection, or the listener,
 * which has none of these options but SO_ACCEPTCONN. */
BOOL witness_cancel(HANDLE sock, OVERLAPPED *io)
{
    BOOL listens = FALSE;
    int size = sizeof listens;
    getsockopt((SOCKET)sock, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens,
               &size);
    witness_enter();
    if (!listens)
        witness_cancels(io);
    witness_leave();
    return CancelIoEx(sock, io);
}

BOOL witness_dequeue(HANDLE port, DWORD *bytes, ULONG_PTR *key, OVERLAPPED **io,
                     DWORD wait_ms)
{
    witness.has_port = true;
    return GetQueuedCompletionStatus(port, bytes, key, io, wait_ms);
}

BOOL witness_result(SOCKET s, WSAOVERLAPPED *io, DWORD *bytes, BOOL wait,
                    DWORD *flags)
{
    witness_enter();
    struct witness_accept *a = witness_accept_of(io, false);
    if (a) {
        witness_hold(RULE_ACCEPT_REST, a->out && HasOverlappedIoCompleted(io));
        witness_accept_by();
        a->out = false;
    }
    witness_leave();
    return WSAGetOverlappedResult(s, io, bytes, wait, flags);
}

/* With a key alone it passes a connection on that has no operation. */
BOOL witness_post(HANDLE port, DWORD bytes, ULONG_PTR key, OVERLAPPED *io)
{
    struct witness_conn *w = key && !io ? witness_of((struct conn *)key) : NULL;
    witness_enter();
    if (w) {
        witness_hold(RULE_HAND, w->open && !w->pending &&
                                    w->holder == GetCurrentThreadId());
        w->holder = 0;
    }
    witness_leave();
    return PostQueuedCompletionStatus(port, bytes, key, io);
}

/* Behind this lock stands the line of the connections to be served: the next
 * thread that touches one has taken it from there. */
void witness_release(SRWLOCK *lock)
{
    witness_enter();
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        if (witness.conns[i].holder == GetCurrentThreadId())
            witness.conns[i].holder = 0;
    witness_leave();
    ReleaseSRWLockExclusive(lock);
}

/* The pool has a port of its own, whose workers call back. */
PTP_IO witness_create_pool_io(HANDLE file, PTP_WIN32_IO_CALLBACK done,
                              void *arg, PTP_CALLBACK_ENVIRON environment)
{
    witness.has_port = true;
    return CreateThreadpoolIo(file, done, arg, environment);
}

static BOOL PASCAL FAR witness_accept_ex(SOCKET listener, SOCKET s, void *to,
                                         DWORD size, DWORD local, DWORD remote,
                                         DWORD *bytes, OVERLAPPED *io)
{
    witness_enter();
    witness_accept_posts(io, s);
    witness_leave();
    BOOL ok =
        witness.accept_ex(listener, s, to, size, local, remote, bytes, io);
    int error = WSAGetLastError();
    witness_enter();
    if (!ok && error != WSA_IO_PENDING)
        witness_accept_of(io, true)->out = false;
    witness_leave();
    WSASetLastError(error);
    return ok;
}

int witness_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out,
                  DWORD out_size, DWORD *bytes, WSAOVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    int failed = WSAIoctl(s, code, in, in_size, out, out_size, bytes, io, done);
    const GUID accept_ex = WSAID_ACCEPTEX;
    if (!failed && code == SIO_GET_EXTENSION_FUNCTION_POINTER &&
        memcmp(in, &accept_ex, sizeof accept_ex) == 0) {
        witness.accept_ex = *(LPFN_ACCEPTEX *)out;
        *(LPFN_ACCEPTEX *)out = witness_accept_ex;
    }
    return failed;
}

void witness_gives(SOCKET s)
{
    witness_enter();
    witness_accept_gives(s);
    witness_leave();
}

void witness_thread(bool begins)
{
    witness_enter();
    if (begins)
        witness_threads++;
    else
        witness_thread_ends();
    witness_leave();
}

struct conn *witness_open(struct thread_stats *stats, SOCKET accepted)
{
    witness_gives(accepted);
    struct conn *c = conn_open(stats, accepted);
    if (!c)
        return NULL;
    witness_enter();
    *witness_of(c) = (struct witness_conn){
        .s = accepted, .open = true, .holder = GetCurrentThreadId()};
    witness_leave();
    return c;
}

void witness_taken(const struct conn *c)
{
    witness_enter();
    witness_takes(witness_of(c));
    witness_leave();
}

void witness_close(struct thread_stats *stats, struct conn *c)
{
    witness_enter();
    witness_closes(witness_of(c));
    witness_leave();
    conn_close(stats, c);
}

void witness_refuse(struct thread_stats *stats, struct conn *c, DWORD error)
{
    witness_enter();
    witness_hold(RULE_CLOSE, !witness_of(c)->pending);
    witness_of(c)->open = false; /* refused: never served */
    witness_leave();
    conn_refuse(stats, c, error);
}

void witness_exit(UINT code)
{
    witness_ends();
    ExitProcess(code);
}
