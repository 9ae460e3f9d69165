/* The life of a connection: opened or refused, advanced, closed. The next step
 * of an echo (conn_advance) makes no system call: its price is the same for
 * every model. */
#include "server/host.h"
#include "common/clock.h"
#include "common/service.h"

enum {
    CONN_SHORT_MS = 1,     /* to wait when memory is short */
    CONN_SHORT_BYTES = 512 /* a receive is not made shorter */
};

enum accept_next accept_failed(struct thread_stats *stats, DWORD error)
{
    /* An operation that a stop cancelled is no error. */
    if (error != WSA_OPERATION_ABORTED || !stats->host->stopping)
        stats_error(stats, error);
    switch (error) {
    case WSAECONNRESET: /* accept; below are AcceptEx's names for it */
    case WSAECONNABORTED:
    case WSAEDISCON:
    case WSAENOTCONN:
    case WSAETIMEDOUT:
    case WSAEINTR:
    case WSA_OPERATION_ABORTED:
    case ERROR_NETNAME_DELETED:
    case ERROR_CONNECTION_ABORTED:
    case ERROR_SEM_TIMEOUT:
    case ERROR_UNEXP_NET_ERR:
        return ACCEPT_AGAIN;
    case WSAEMFILE:
    case WSAEINVAL: /* Wine's name for it */
    case ERROR_TOO_MANY_OPEN_FILES:
        return wine_reserve_spend(stats) ? ACCEPT_AGAIN : ACCEPT_LATER;
    default: /* no memory, or unknown: do not spin */
        return ACCEPT_LATER;
    }
}

void accept_wait(struct server *srv, DWORD error)
{
    if (accept_failed(srv->stats, error) == ACCEPT_LATER)
        stats_check(srv->stats,
                    WaitForSingleObject(srv->stop_event, ACCEPT_RETRY_MS) !=
                        WAIT_FAILED);
}

void accept_loop(struct server *srv, void (*take)(void *arg, SOCKET accepted),
                 void *arg)
{
    while (!server_stopping(srv)) {
        SOCKET sock = accept(srv->listener, NULL, NULL);
        if (sock == INVALID_SOCKET)
            accept_wait(srv, (DWORD)WSAGetLastError());
        else
            take(arg, sock);
    }
}

static void conn_abort(struct thread_stats *stats, SOCKET sock)
{
    /* Zero seconds of linger: closesocket sends a reset and drops what waits
     * to be sent. Where it fails, the close is merely graceful. */
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    stats_check(stats, !setsockopt(sock, SOL_SOCKET, SO_LINGER,
                                   (const char *)&now, sizeof now));
}

void socket_refuse(struct thread_stats *stats, SOCKET accepted, DWORD error)
{
    if (!stats->host->stopping || !stop_is_wake_up(stats->host, accepted))
        stats_refusal(stats, error);
    /* By reset, where it can be had: whether a FIN would have been one depends
     * on whether the first bytes are there already. */
    conn_abort(stats, accepted);
    stats_check(stats, !closesocket(accepted));
}

struct conn *conn_open(struct thread_stats *stats, SOCKET accepted)
{
    struct host *host = stats->host;
    struct conn *c = NULL;
    DWORD why = WSAEMFILE; /* Wine only: without the reserve descriptor */
    if (host->stopping)
        why = REFUSED_STOPPING;
    else if (wine_reserve_hold(host))
        c = slot_take(&host->slots, &why);
    if (c && !listener_set_options(&host->options, accepted)) {
        why = (DWORD)WSAGetLastError();
        slot_give(&host->slots, c);
        c = NULL;
    }
    if (!c) {
        socket_refuse(stats, accepted, why);
        wine_reserve_hold(host); /* by the descriptor that closing freed */
        return NULL;
    }
    c->sock = accepted;
    sync_add(&stats->counts[COUNT_OPENS], 1);
    return c;
}

static void conn_give_back(struct thread_stats *stats, struct conn *c)
{
    if (slot_repay(&stats->host->slots, c))
        sync_add(&stats->counts[COUNT_REPAYS], 1);
}

/* Of a connection that ends, whatever it holds. */
static void conn_give_slot(struct thread_stats *stats, struct conn *c)
{
    struct slots *s = &stats->host->slots;
    if (s->pool)
        conn_give_back(stats, c);
    slot_give(s, c);
}

void conn_refuse(struct thread_stats *stats, struct conn *c, DWORD error)
{
    sync_add(&stats->counts[COUNT_UNOPENED], 1);
    SOCKET sock = c->sock;
    conn_give_slot(stats, c);
    socket_refuse(stats, sock, error);
}

/* The next step of what has this buffer. */
static enum conn_want conn_step(struct sync_count *counts, char *buffer,
                                uint32_t size, WSABUF *io, unsigned char *want,
                                DWORD bytes)
{
    /* Beyond its end lie other connections' bytes. */
    if (bytes > io->len)
        die("conn_advance: more bytes than requested");
    if (*want == CONN_RECV && bytes == 0) {
        *want = CONN_CLOSE;
        io->len = 0;
    } else if (*want == CONN_RECV) {
        sync_add(&counts[COUNT_RECVS], 1);
        sync_add(&counts[COUNT_RECV_BYTES], bytes);
        *want = CONN_SEND;
        io->buf = buffer;
        io->len = bytes;
    } else if (*want == CONN_SEND) {
        sync_add(&counts[COUNT_SENDS], 1);
        sync_add(&counts[COUNT_SEND_BYTES], bytes);
        if (bytes < io->len) {
            sync_add(&counts[COUNT_PARTIAL_SENDS], 1);
            io->buf += bytes;
            io->len -= bytes;
        } else {
            *want = CONN_RECV;
            io->buf = buffer;
            io->len = size;
        }
    }
    return *want;
}

/* --work, at a message that was received: what an application would do. */
static void conn_work(struct thread_stats *stats)
{
    const struct option_work *work = &stats->host->options.work;
    if (--stats->work_in > 0)
        return;
    stats->work_in = (uint32_t)work->every;
    const int64_t end = clock_ns() + (int64_t)work->us * 1000;
    if (work->blocks)
        Sleep((DWORD)((work->us + 999) / 1000));
    else
        while (clock_ns() < end)
            ;
}

enum conn_want conn_advance(struct thread_stats *stats, struct conn *c,
                            DWORD bytes)
{
    const struct slots *s = &stats->host->slots;
    if (c->want == CONN_SEND)
        c->blocked = false;
    else if (stats->work_in > 0 && bytes > 0)
        conn_work(stats);
    return conn_step(stats->counts, slot_buffer(s, c->slot), s->buffer_size,
                     &c->io, &c->want, bytes);
}

bool conn_borrow(struct thread_stats *stats, struct conn *c)
{
    DWORD why;
    if (c->want != CONN_RECV || c->io.len > 0)
        return true;
    if (!slot_borrow(&stats->host->slots, c, &why)) {
        conn_fail(stats, c, why);
        return false;
    }
    sync_add(&stats->counts[COUNT_BORROWS], 1);
    return true;
}

void conn_repay(struct thread_stats *stats, struct conn *c)
{
    if (c->want == CONN_RECV)
        conn_give_back(stats, c);
}

/* --shortage ladder: whether a receive or send that found no memory is to be
 * made again: as soon as more may be locked, or in a moment, with a receive of
 * half as much. A send is as long as what is owed. */
static bool conn_climb(struct thread_stats *stats, struct conn *c)
{
    if (shortage_raise()) {
        sync_add(&stats->counts[COUNT_RAISED], 1);
        return true;
    }
    Sleep(CONN_SHORT_MS);
    if (c->want != CONN_RECV || c->io.len < 2 * CONN_SHORT_BYTES)
        return false;
    c->io.len /= 2;
    sync_add(&stats->counts[COUNT_CUT], 1);
    return true;
}

static enum conn_want conn_failed(struct thread_stats *stats, struct conn *c,
                                  DWORD error, bool ladder)
{
    /* An operation that a stop cancelled is no error. */
    if (error != WSA_OPERATION_ABORTED || !stats->host->stopping)
        stats_error(stats, error);
    if (ladder && !stats->host->stopping && c->want != CONN_CLOSE &&
        (error == WSAENOBUFS || error == ERROR_NO_SYSTEM_RESOURCES) &&
        conn_climb(stats, c))
        return c->want;
    if (c->want == CONN_RECV)
        c->io.len = 0; /* nothing is owed: see conn_close */
    c->want = CONN_CLOSE;
    return CONN_CLOSE;
}

enum conn_want conn_fail(struct thread_stats *stats, struct conn *c,
                         DWORD error)
{
    return conn_failed(stats, c, error, stats->host->options.ladder);
}

static char *xfer_buffer(const struct slots *s, const struct conn *c,
                         const struct xfer *x)
{
    return slot_buffer(s, c->slot) + (size_t)s->buffer_size * x->index;
}

void xfer_open(struct thread_stats *stats, const struct conn *c, struct xfer *x,
               uint32_t index)
{
    const struct slots *s = &stats->host->slots;
    x->index = index;
    x->want = CONN_RECV;
    x->io = (WSABUF){.buf = xfer_buffer(s, c, x), .len = s->buffer_size};
}

enum conn_want xfer_advance(struct thread_stats *stats, const struct conn *c,
                            struct xfer *x, DWORD bytes)
{
    const struct slots *s = &stats->host->slots;
    if (stats->work_in > 0 && bytes > 0 && x->want == CONN_RECV)
        conn_work(stats);
    return conn_step(stats->counts, xfer_buffer(s, c, x), s->buffer_size,
                     &x->io, &x->want, bytes);
}

enum conn_want xfer_fail(struct thread_stats *stats, struct conn *c,
                         struct xfer *x, DWORD error)
{
    /* Not by the ladder: other transfers may count on this one's place. */
    if (c->want != CONN_CLOSE)
        conn_failed(stats, c, error, false);
    if (x->want == CONN_SEND)
        c->io.len = x->io.len; /* owed: see conn_close */
    return CONN_CLOSE;
}

/* --- the service `file` ----------------------------------------------- */

void file_open(struct thread_stats *stats, struct file_conn *f)
{
    const struct slots *s = &stats->host->slots;
    f->data.len = 0;
    f->conn.want = CONN_RECV;
    f->conn.io =
        (WSABUF){.buf = slot_buffer(s, f->conn.slot), .len = SERVICE_REQUEST};
}

void file_was_read(struct file_conn *f, DWORD bytes)
{
    if (bytes > f->conn.io.len)
        die("file_was_read: more bytes than requested");
    f->data = (WSABUF){.buf = f->conn.io.buf, .len = bytes};
}

/* A whole request is in the buffer. */
static void file_request(struct thread_stats *stats, struct file_conn *f)
{
    const struct host *host = stats->host;
    char *buffer = slot_buffer(&host->slots, f->conn.slot);
    const struct service_piece piece = service_read((const uint8_t *)buffer);
    if (piece.bytes == 0 || piece.bytes > host->file_bytes ||
        piece.offset > host->file_bytes - piece.bytes) {
        conn_fail(stats, &f->conn, WSAEINVAL);
        return;
    }
    if (stats->work_in > 0)
        conn_work(stats);
    f->at = piece.offset;
    f->conn.want = CONN_SEND;
    f->conn.io = (WSABUF){.buf = buffer, .len = (ULONG)piece.bytes};
}

enum conn_want file_advance(struct thread_stats *stats, struct file_conn *f,
                            DWORD bytes)
{
    struct conn *c = &f->conn;
    const bool sent = c->want == CONN_SEND;
    if (bytes > c->io.len)
        die("file_advance: more bytes than requested");
    if (!sent && bytes == 0) {
        c->want = CONN_CLOSE;
        c->io.len = 0;
        return c->want;
    }
    sync_add(&stats->counts[sent ? COUNT_SENDS : COUNT_RECVS], 1);
    sync_add(&stats->counts[sent ? COUNT_SEND_BYTES : COUNT_RECV_BYTES], bytes);
    c->io.len -= bytes;
    if (sent)
        f->at += bytes;
    else
        c->io.buf += bytes;
    if (f->data.len > 0) { /* it was of these */
        f->data.buf += bytes;
        f->data.len -= bytes;
    }
    if (c->io.len == 0 && sent)
        file_open(stats, f);
    else if (c->io.len == 0)
        file_request(stats, f);
    return c->want;
}

void conn_blocked(struct thread_stats *stats, struct conn *c)
{
    if (!c->blocked)
        sync_add(&stats->counts[COUNT_BLOCKED_SENDS], 1);
    c->blocked = true;
}

void conn_detach(struct thread_stats *stats, struct conn *c)
{
    conn_give_slot(stats, c);
    sync_add(&stats->counts[COUNT_CLOSES], 1);
}

bool conn_cut(struct thread_stats *stats, const struct conn *c)
{
    if (c->want != CONN_RECV && c->io.len > 0) /* still owed */
        conn_abort(stats, c->sock);
    return stats_check(stats, !closesocket(c->sock));
}

void conn_close(struct thread_stats *stats, struct conn *c)
{
    conn_cut(stats, c);
    conn_detach(stats, c);
}

/* --- the server as a whole ---------------------------------------------- */

bool server_stopping(const struct server *srv)
{
    return ((const struct host *)srv)->stopping != 0;
}

struct conn *server_conn(struct server *srv, uint32_t slot)
{
    return slot_conn(&host_of(srv)->slots, slot);
}

uint32_t server_slots_used(const struct server *srv)
{
    return ((const struct host *)srv)->slots.conn_list.used;
}
