/* What the witness sees of accepts: each owns its OVERLAPPED and its socket
 * until its end was taken. */
#define WITNESS_ITSELF
#include "witness.h"
#include "witness_rules.h"
#include <stdlib.h>
#include <string.h>

enum { ACCEPTS_MAX = 1024 };

static struct accepts_one {
    const OVERLAPPED *io;
    bool out; /* in the kernel, or in the port */
    SOCKET s; /* its socket, while it is the accept's own */
} accepts[ACCEPTS_MAX];

static unsigned accepts_used;
static DWORD accepts_thread;
static LPFN_ACCEPTEX accepts_real;

static struct accepts_one *accepts_find(const OVERLAPPED *io, bool make)
{
    for (unsigned i = 0; i < accepts_used; i++)
        if (accepts[i].io == io)
            return &accepts[i];
    if (!make)
        return NULL;
    if (accepts_used == ACCEPTS_MAX)
        die("accepts_find: too many accepts");
    struct accepts_one *a = &accepts[accepts_used++];
    *a = (struct accepts_one){.io = io, .s = INVALID_SOCKET};
    return a;
}

static void accepts_by(void)
{
    if (accepts_thread == 0)
        accepts_thread = GetCurrentThreadId();
    /* In a scenario where workers accept, their lock stands for the thread. */
    witness_hold(RULE_ACCEPT_THREAD, accepts_thread == GetCurrentThreadId() ||
                                         getenv("IOMODELS_WITNESS_MANY"));
}

static void accepts_posts(const OVERLAPPED *io, SOCKET s)
{
    struct accepts_one *a = accepts_find(io, true);
    witness_hold(RULE_ACCEPT_REST, !a->out && HasOverlappedIoCompleted(io));
    accepts_by();
    *a = (struct accepts_one){.io = io, .out = true, .s = s};
}

/* Its socket was handed on, or closed. */
static void accepts_give(SOCKET s)
{
    unsigned owners = 0;
    for (unsigned i = 0; i < accepts_used; i++) {
        if (accepts[i].s != s)
            continue;
        accepts[i].s = INVALID_SOCKET;
        owners++;
    }
    if (accepts_used > 0) {
        witness_hold(RULE_ACCEPT_ONCE, owners == 1);
        accepts_by();
    }
}

bool witness_accepts_left(void)
{
    bool left = false;
    for (unsigned i = 0; i < accepts_used; i++)
        left |= accepts[i].out || accepts[i].s != INVALID_SOCKET;
    return left;
}

void witness_accepts_break(enum rule rule)
{
    if (accepts_used == 0)
        return;
    switch ((int)rule) {
    case RULE_ACCEPT_REST: /* the first may have been taken just now */
        for (unsigned i = 0; i < accepts_used; i++)
            if (accepts[i].out)
                accepts_posts(accepts[i].io, accepts[i].s);
        break;
    case RULE_ACCEPT_THREAD:
        accepts_thread++;
        accepts_by();
        break;
    case RULE_ACCEPT_ONCE:
        accepts_give((SOCKET)1);
        break;
    default:
        break;
    }
}

/* --- what the model calls instead --------------------------------------- */

static BOOL PASCAL FAR accepts_call(SOCKET listener, SOCKET s, void *to,
                                    DWORD size, DWORD local, DWORD remote,
                                    DWORD *bytes, OVERLAPPED *io)
{
    witness_enter();
    accepts_posts(io, s);
    witness_leave();
    BOOL ok = accepts_real(listener, s, to, size, local, remote, bytes, io);
    int error = WSAGetLastError();
    witness_enter();
    if (!ok && error != WSA_IO_PENDING)
        accepts_find(io, true)->out = false;
    witness_leave();
    WSASetLastError(error);
    return ok;
}

/* The functions that a model looks up: it gets the witness's. */
int witness_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out,
                  DWORD out_size, DWORD *bytes, WSAOVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    int failed = WSAIoctl(s, code, in, in_size, out, out_size, bytes, io, done);
    const GUID accept_ex = WSAID_ACCEPTEX;
    if (failed || code != SIO_GET_EXTENSION_FUNCTION_POINTER)
        return failed;
    if (memcmp(in, &accept_ex, sizeof accept_ex) == 0) {
        accepts_real = *(LPFN_ACCEPTEX *)out;
        *(LPFN_ACCEPTEX *)out = accepts_call;
    }
    witness_file_look_up(in, out);
    return 0;
}

BOOL witness_result(SOCKET s, WSAOVERLAPPED *io, DWORD *bytes, BOOL wait,
                    DWORD *flags)
{
    witness_enter();
    struct accepts_one *a = accepts_find(io, false);
    if (a) {
        witness_hold(RULE_ACCEPT_REST, a->out && HasOverlappedIoCompleted(io));
        accepts_by();
        a->out = false;
    }
    witness_leave();
    return WSAGetOverlappedResult(s, io, bytes, wait, flags);
}

void witness_gives(SOCKET s)
{
    witness_enter();
    accepts_give(s);
    witness_leave();
}
