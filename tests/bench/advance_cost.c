/* Calls conn_advance as a busy connection does: a receive, then its send, one
 * of eight in two parts. advance_cost.py counts the instructions. */
#include "server/host.h"
#include <stdio.h>
#include <stdlib.h>

enum { BUFFER = 4096, CONNS = 64 };

static struct host host;

static long serve(struct worker *w, struct conn *c, long turn)
{
    conn_advance(w, c, BUFFER);
    if (turn % 8 != 0) {
        conn_advance(w, c, BUFFER);
        return 2;
    }
    conn_advance(w, c, BUFFER / 2);
    conn_advance(w, c, BUFFER / 2);
    return 3;
}

int main(int argc, char **argv)
{
    struct conn *conns[CONNS];
    DWORD why = 0;
    long turns = argc > 1 ? strtol(argv[1], NULL, 10) : 1, calls = 0;
    if (!slots_open(&host.slots, sizeof(struct conn), BUFFER, CONNS, false) ||
        !workers_open(&host.workers, &host, 1))
        die("mmap");
    struct worker *w = worker_enter(&host.srv);
    for (int i = 0; i < CONNS; i++)
        conns[i] = slot_take(&host.slots, &why);
    for (long i = 0; i < turns; i++)
        calls += serve(w, conns[i % CONNS], i);
    printf("%ld\n", calls);
    return 0;
}
