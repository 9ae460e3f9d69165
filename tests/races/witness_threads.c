/* What the witness sees of threads, of sockets that are closed, and of results
 * that are taken. */
#define WITNESS_ITSELF
#include <stdlib.h>
#include "witness.h"

struct witness_begin {
    LPTHREAD_START_ROUTINE run;
    void *arg;
};

static DWORD WINAPI witness_run(void *arg)
{
    struct witness_begin begin = *(struct witness_begin *)arg;
    free(arg);
    DWORD code = begin.run(begin.arg);
    witness_thread(false);
    return code;
}

HANDLE witness_thread_start(LPTHREAD_START_ROUTINE run, void *arg,
                            uint32_t stack_kib)
{
    struct witness_begin *begin = calloc_or_die(1, sizeof *begin);
    *begin = (struct witness_begin){run, arg};
    witness_thread(true);
    HANDLE thread = thread_start(witness_run, begin, stack_kib);
    if (!thread)
        die("thread_start");
    return thread;
}

int witness_closesocket(SOCKET s)
{
    witness_gives(s);
    return closesocket(s);
}

void witness_socket_refuse(struct thread_stats *stats, SOCKET accepted,
                           DWORD error)
{
    witness_gives(accepted);
    socket_refuse(stats, accepted, error);
}

/* --- the ways to take what is done --------------------------------------- */

enum conn_want witness_advance(struct thread_stats *stats, struct conn *c,
                               DWORD bytes)
{
    witness_taken(c);
    return conn_advance(stats, c, bytes);
}

enum conn_want witness_fail(struct thread_stats *stats, struct conn *c,
                            DWORD error)
{
    witness_taken(c);
    return conn_fail(stats, c, error);
}

/* What it waited for without a buffer is done. */
bool witness_borrow(struct thread_stats *stats, struct conn *c)
{
    witness_taken(c);
    return conn_borrow(stats, c);
}
