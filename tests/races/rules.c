#include "rules.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RULES_CONNS = 4096,
    RULES_ACCEPTS = 1024,
    RULES_BROKEN = 71,  /* the exit code */
    RULES_BREAK_AT = 20 /* connections' posts before one is broken on purpose */
};

struct rules_conn {
    bool open, pending, posted;
    DWORD owner, holder; /* 0: nobody yet */
    const OVERLAPPED *io;
};

struct rules_accept {
    const OVERLAPPED *io;
    bool out; /* in the kernel, or in the port */
    SOCKET s; /* its socket, while it is the accept's own */
};

static const char *const rules_names[RULES] = {
    [RULE_OWNER] = "owner",
    [RULE_ONE] = "one",
    [RULE_ONCE] = "once",
    [RULE_DONE] = "done",
    [RULE_CLOSE] = "close",
    [RULE_HAND] = "hand",
    [RULE_END] = "end",
    [RULE_WORKERS_FIRST] = "workers-first",
    [RULE_TAKEN] = "taken",
    [RULE_ACCEPT_REST] = "accept-rest",
    [RULE_ACCEPT_THREAD] = "accept-thread",
    [RULE_ACCEPT_ONCE] = "accept-once",
};

static struct {
    SRWLOCK lock;
    struct rules_conn conns[RULES_CONNS]; /* by slot */
    struct rules_accept accepts[RULES_ACCEPTS];
    unsigned accepts_used, threads, posts;
    DWORD accept_thread;
    uint64_t held[RULES];
} rules = {.lock = SRWLOCK_INIT};

static void rules_hold(enum rule rule, bool ok)
{
    rules.held[rule]++;
    if (ok)
        return;
    fprintf(stderr, "witness: broken: %s\n", rules_names[rule]);
    fflush(stderr);
    TerminateProcess(GetCurrentProcess(), RULES_BROKEN);
}

static struct rules_conn *rules_of(const struct conn *c)
{
    if (c->slot >= RULES_CONNS)
        die("rules_of: give --max-connections 4096 at most");
    return &rules.conns[c->slot];
}

/* A port has workers; elsewhere the poster owns the connection. */
static bool rules_of_port(void)
{
    return rules.accepts_used > 0;
}

void rules_open(const struct conn *c, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    *rules_of(c) = (struct rules_conn){.open = true, .holder = thread};
    ReleaseSRWLockExclusive(&rules.lock);
}

static void rules_owner(struct rules_conn *r, DWORD thread)
{
    if (rules_of_port()) {
        rules_hold(RULE_HAND, r->holder == thread);
    } else {
        rules_hold(RULE_OWNER, r->owner == 0 || r->owner == thread);
        r->owner = thread;
    }
}

/* One event that must not be, where the environment names its rule. */
static void rules_break(const struct conn *c, const OVERLAPPED *io,
                        DWORD thread);

void rules_post(const struct conn *c, const OVERLAPPED *io, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    struct rules_conn *r = rules_of(c);
    rules_hold(RULE_ONE, r->open && !r->pending);
    rules_owner(r, thread);
    r->pending = r->posted = true;
    r->io = io;
    const bool now = ++rules.posts == RULES_BREAK_AT;
    ReleaseSRWLockExclusive(&rules.lock);
    if (now)
        rules_break(c, io, thread);
}

void rules_not_begun(const struct conn *c)
{
    AcquireSRWLockExclusive(&rules.lock);
    rules_of(c)->io = NULL;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_taken(const struct conn *c, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    struct rules_conn *r = rules_of(c);
    /* An accept's first bytes come without a receive. */
    rules_hold(RULE_ONCE, r->open && (r->pending || !r->posted));
    if (r->pending && r->io)
        rules_hold(RULE_DONE, HasOverlappedIoCompleted(r->io));
    if (rules_of_port())
        r->holder = thread;
    else
        rules_owner(r, thread);
    r->pending = false;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_close(const struct conn *c, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    struct rules_conn *r = rules_of(c);
    rules_hold(RULE_CLOSE, r->open && !r->pending &&
                               (!r->io || HasOverlappedIoCompleted(r->io)));
    rules_owner(r, thread);
    r->open = false;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_gone(const struct conn *c)
{
    AcquireSRWLockExclusive(&rules.lock);
    rules_hold(RULE_CLOSE, !rules_of(c)->pending);
    rules_of(c)->open = false;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_cancel(const OVERLAPPED *io, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    if (!io)
        rules_hold(RULE_WORKERS_FIRST, rules.threads == 0);
    for (unsigned i = 0; io && i < RULES_CONNS; i++)
        if (rules.conns[i].open && rules.conns[i].io == io)
            rules_hold(RULE_OWNER, rules.conns[i].owner == thread);
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_thread_begin(void)
{
    AcquireSRWLockExclusive(&rules.lock);
    rules.threads++;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_thread_end(DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    bool open = false;
    for (unsigned i = 0; i < RULES_CONNS; i++)
        open |= rules.conns[i].open && rules.conns[i].owner == thread;
    rules_hold(RULE_END, !open);
    rules.threads--;
    ReleaseSRWLockExclusive(&rules.lock);
}

static struct rules_accept *rules_accept_of(const OVERLAPPED *io)
{
    for (unsigned i = 0; i < rules.accepts_used; i++)
        if (rules.accepts[i].io == io)
            return &rules.accepts[i];
    if (rules.accepts_used == RULES_ACCEPTS)
        die("rules_accept_of: too many accepts");
    struct rules_accept *a = &rules.accepts[rules.accepts_used++];
    *a = (struct rules_accept){.io = io, .s = INVALID_SOCKET};
    return a;
}

static void rules_accept_by(DWORD thread)
{
    if (rules.accept_thread == 0)
        rules.accept_thread = thread;
    rules_hold(RULE_ACCEPT_THREAD, rules.accept_thread == thread);
}

void rules_accept(const OVERLAPPED *io, SOCKET s, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    struct rules_accept *a = rules_accept_of(io);
    rules_hold(RULE_ACCEPT_REST, !a->out && HasOverlappedIoCompleted(io));
    rules_accept_by(thread);
    *a = (struct rules_accept){.io = io, .out = true, .s = s};
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_accept_failed(const OVERLAPPED *io)
{
    AcquireSRWLockExclusive(&rules.lock);
    rules_accept_of(io)->out = false;
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_accept_taken(const OVERLAPPED *io, DWORD thread)
{
    AcquireSRWLockExclusive(&rules.lock);
    for (unsigned i = 0; i < rules.accepts_used; i++) {
        struct rules_accept *a = &rules.accepts[i];
        if (a->io != io)
            continue;
        rules_hold(RULE_ACCEPT_REST, a->out && HasOverlappedIoCompleted(io));
        rules_accept_by(thread);
        a->out = false;
    }
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_accept_socket(SOCKET s, DWORD thread)
{
    unsigned owners = 0;
    AcquireSRWLockExclusive(&rules.lock);
    for (unsigned i = 0; i < rules.accepts_used; i++) {
        if (rules.accepts[i].s != s)
            continue;
        rules.accepts[i].s = INVALID_SOCKET;
        owners++;
    }
    if (rules_of_port()) {
        rules_hold(RULE_ACCEPT_ONCE, owners == 1);
        rules_accept_by(thread);
    }
    ReleaseSRWLockExclusive(&rules.lock);
}

void rules_end(void)
{
    bool left = false;
    AcquireSRWLockExclusive(&rules.lock);
    for (unsigned i = 0; i < RULES_CONNS; i++)
        left |= rules.conns[i].open || rules.conns[i].pending;
    for (unsigned i = 0; i < rules.accepts_used; i++)
        left |= rules.accepts[i].out || rules.accepts[i].s != INVALID_SOCKET;
    rules_hold(RULE_TAKEN, !left && rules.threads == 0);
    for (int i = 0; i < RULES; i++)
        fprintf(stderr, "witness: held: %s %llu\n", rules_names[i],
                (unsigned long long)rules.held[i]);
    fflush(stderr);
    ReleaseSRWLockExclusive(&rules.lock);
}

static void rules_break_accept(const char *which, DWORD thread)
{
    const struct rules_accept *a = &rules.accepts[0];
    if (!rules_of_port())
        return;
    if (strcmp(which, "accept-rest") == 0)
        rules_accept(a->io, a->s, thread);
    else if (strcmp(which, "accept-thread") == 0)
        rules_accept_by(rules.accept_thread + 1);
    else if (strcmp(which, "accept-once") == 0)
        rules_accept_socket((SOCKET)1, rules.accept_thread);
    else if (strcmp(which, "workers-first") == 0)
        rules_cancel(NULL, thread);
}

static void rules_break(const struct conn *c, const OVERLAPPED *io,
                        DWORD thread)
{
    static const OVERLAPPED pending = {.Internal = 0x103}; /* STATUS_PENDING */
    const char *which = getenv("IOMODELS_WITNESS_BREAK");
    if (!which)
        return;
    rules_break_accept(which, thread);
    if (strcmp(which, "one") == 0)
        rules_post(c, io, thread);
    else if (strcmp(which, "close") == 0)
        rules_close(c, thread);
    else if (strcmp(which, "end") == 0)
        rules_thread_end(thread);
    else if (strcmp(which, "taken") == 0)
        rules_end();
    rules_of(c)->io = &pending;
    if (strcmp(which, "done") == 0)
        rules_taken(c, thread);
    rules_of(c)->pending = false;
    if (strcmp(which, "once") == 0)
        rules_taken(c, thread);
    rules_of(c)->pending = true;
    rules_of(c)->holder = thread;
    if (strcmp(which, "owner") == 0 || strcmp(which, "hand") == 0) {
        rules_of(c)->pending = false;
        rules_post(c, io, thread + 1);
    }
}
