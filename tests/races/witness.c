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
    WITNESS_BROKEN = 71,  /* the exit code */
    WITNESS_BREAK_AT = 20 /* posts: then a rule is broken on purpose */
};

static const char *const witness_rules[RULES] = {
    "owner",       "one",           "once",          "done",        "close",
    "hand",        "end",           "workers-first", "taken",       "rest",
    "accept-rest", "accept-thread", "accept-once",   "after-error", "cancelled",
};

static unsigned witness_threads; /* that run */

static struct {
    SRWLOCK lock;
    struct witness_conn conns[WITNESS_CONNS]; /* by slot */
    unsigned posts;
    volatile bool has_port; /* before any connection is taken from it */
    uint64_t held[RULES];
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

struct witness_conn *witness_with(const void *part, size_t size)
{
    const char *at = part;
    for (unsigned i = 0; i < WITNESS_CONNS; i++) {
        struct witness_conn *w = &witness.conns[i];
        const char *first = (const char *)w->conn;
        if (w->open && at >= first && at < first + size)
            return w;
    }
    return NULL;
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

void witness_posts(struct witness_conn *w, const OVERLAPPED *io)
{
    witness_hold(RULE_ONE, w->open && !w->pending);
    witness_owner(w);
    w->pending = w->posted = true;
    w->io = io;
}

void witness_takes(struct witness_conn *w)
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

/* --- the end, and rules broken on purpose ------------------------------- */

/* Prints how often each rule was held to. */
static void witness_ends(void)
{
    bool left = witness_xfers_left() || witness_accepts_left();
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        left |= witness.conns[i].open || witness.conns[i].pending;
    witness_hold(RULE_TAKEN, !left && witness_threads == 0);
    for (int i = 0; i < RULES; i++)
        fprintf(stderr, "witness: held: %s %llu\n", witness_rules[i],
                (unsigned long long)witness.held[i]);
}

void witness_break(enum rule rule, struct witness_conn *w, const OVERLAPPED *io)
{
    static const OVERLAPPED pending = {.Internal = 0x103}; /* STATUS_PENDING */
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
    default:
        witness_accepts_break(rule);
    }
}

/* --- what the model calls instead --------------------------------------- */

struct witness_conn *witness_begins(const WSABUF *buffers, const OVERLAPPED *io)
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

int witness_begun(struct witness_conn *w, int failed)
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

/* A receive at once, by who has the connection in hand. */
int witness_receive(SOCKET s, char *to, int size, int flags)
{
    witness_enter();
    for (unsigned i = 0; i < WITNESS_CONNS; i++)
        if (witness.conns[i].open && witness.conns[i].conn->sock == s) {
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
        .conn = c, .open = true, .holder = GetCurrentThreadId()};
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
