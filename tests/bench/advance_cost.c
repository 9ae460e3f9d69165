/* Calls conn_advance as a busy connection does: a receive, then its send, one
 * of eight in two parts. advance_cost.py counts the instructions. */
#include "server/host.h"
#include <stdio.h>
#include <stdlib.h>

enum { BUFFER = 4096, CONNS = 64 };

static struct host host;

static long serve(struct thread_stats *stats, struct conn *c, long turn)
{
    conn_advance(stats, c, BUFFER);
    if (turn % 8 != 0) {
        conn_advance(stats, c, BUFFER);
        return 2;
    }
    conn_advance(stats, c, BUFFER / 2);
    conn_advance(stats, c, BUFFER / 2);
    return 3;
}

int main(int argc, char **argv)
{
    struct conn *conns[CONNS];
    DWORD why = 0;
    long turns = argc > 1 ? strtol(argv[1], NULL, 10) : 1, calls = 0;
    host.srv.buffer_size = BUFFER;
    host.srv.outstanding = 1;
    host.srv.max_conns = CONNS;
    host.options.buffer_offset = HOST_AS_IS;
    if (!host_open(&host, sizeof(struct conn)))
        die("mmap");
    struct thread_stats *stats = thread_stats_open(&host.srv);
    for (int i = 0; i < CONNS; i++)
        conns[i] = slot_take(&host.slots, &why);
    for (long i = 0; i < turns; i++)
        calls += serve(stats, conns[i % CONNS], i);
    printf("%ld\n", calls);
    return 0;
}
