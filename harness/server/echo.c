/* What an echo does next. Portable, without a system call: its price is the
 * same for every model. */
#include "server/host.h"

static void echo_received(const struct slots *s, struct counter *counts,
                          struct conn *c, DWORD bytes)
{
    if (bytes == 0) {
        c->want = CONN_CLOSE;
        c->io.len = 0;
        return;
    }
    counter_add(&counts[COUNT_RECVS], 1);
    counter_add(&counts[COUNT_RECV_BYTES], bytes);
    c->want = CONN_SEND;
    c->io.buf = slot_buffer(s, c->slot);
    c->io.len = bytes;
}

static void echo_sent(const struct slots *s, struct counter *counts,
                      struct conn *c, DWORD bytes)
{
    c->blocked = false;
    counter_add(&counts[COUNT_SENDS], 1);
    counter_add(&counts[COUNT_SEND_BYTES], bytes);
    if (bytes < c->io.len) {
        counter_add(&counts[COUNT_PARTIAL_SENDS], 1);
        c->io.buf += bytes;
        c->io.len -= bytes;
        return;
    }
    c->want = CONN_RECV;
    c->io.buf = slot_buffer(s, c->slot);
    c->io.len = s->buffer_size;
}

enum conn_want conn_advance(struct worker *w, struct conn *c, DWORD bytes)
{
    /* Beyond its end lie other connections' bytes. */
    if (bytes > c->io.len)
        die("conn_advance's check for bytes that nobody asked for");
    if (c->want == CONN_RECV)
        echo_received(&w->host->slots, w->counts, c, bytes);
    else if (c->want == CONN_SEND)
        echo_sent(&w->host->slots, w->counts, c, bytes);
    return c->want;
}

enum conn_want conn_fail(struct worker *w, struct conn *c, DWORD error)
{
    /* What a stop cancels is no error. */
    if (error != WSA_OPERATION_ABORTED || !w->host->stopping)
        worker_error(w, error);
    if (c->want == CONN_RECV)
        c->io.len = 0; /* nothing is owed: see conn_close */
    c->want = CONN_CLOSE;
    return CONN_CLOSE;
}

void conn_blocked(struct worker *w, struct conn *c)
{
    if (!c->blocked)
        counter_add(&w->counts[COUNT_BLOCKED_SENDS], 1);
    c->blocked = true;
}
