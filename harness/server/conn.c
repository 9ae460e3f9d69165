/* Connections as sockets: taking them, refusing them, closing them. */
#include "server/listener.h"
#include "server/spare.h"
#include "server/stop.h"

static void conn_abort(struct worker *w, SOCKET sock)
{
    /* Zero seconds of linger: closesocket sends a reset and drops what waits
     * to be sent. Where it fails, the close is merely graceful. */
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    worker_check(w, !setsockopt(sock, SOL_SOCKET, SO_LINGER, (const char *)&now,
                                sizeof now));
}

/* A failure leaves a socket behind, at worst, but nobody to serve. */
static void conn_socket_close(struct worker *w, SOCKET sock)
{
    worker_check(w, !closesocket(sock));
}

void socket_refuse(struct worker *w, SOCKET accepted, DWORD error)
{
    if (!w->host->stopping || !stop_is_knock(w->host, accepted))
        worker_refusal(w, error);
    /* By reset always: whether a FIN would have been one depends on whether
     * the first bytes are there already. */
    conn_abort(w, accepted);
    conn_socket_close(w, accepted);
}

static bool conn_set(SOCKET s, int level, int name, uint32_t value)
{
    int number = (int)value;
    return setsockopt(s, level, name, (const char *)&number, sizeof number) ==
           0;
}

bool conn_options_set(const struct host_options *o, SOCKET s)
{
    return conn_set(s, IPPROTO_TCP, TCP_NODELAY, o->nodelay) &&
           (o->sndbuf == HOST_AS_IS ||
            conn_set(s, SOL_SOCKET, SO_SNDBUF, o->sndbuf)) &&
           (o->rcvbuf == HOST_AS_IS ||
            conn_set(s, SOL_SOCKET, SO_RCVBUF, o->rcvbuf));
}

struct conn *conn_open(struct worker *w, SOCKET accepted)
{
    struct host *host = w->host;
    if (host->stopping) {
        socket_refuse(w, accepted, REFUSED_STOPPING);
        return NULL;
    }
    if (!spare_hold(host)) {
        socket_refuse(w, accepted, WSAEMFILE);
        spare_hold(host); /* with what it had */
        return NULL;
    }
    DWORD why = 0;
    struct conn *c = slot_take(&host->slots, &why);
    if (!c) {
        socket_refuse(w, accepted, why);
        return NULL;
    }
    if (!conn_options_set(&host->options, accepted)) {
        why = (DWORD)WSAGetLastError();
        slot_give(&host->slots, c);
        socket_refuse(w, accepted, why);
        return NULL;
    }
    c->sock = accepted;
    counter_add(&w->counts[COUNT_OPENS], 1);
    return c;
}

void conn_refuse(struct worker *w, struct conn *c, DWORD error)
{
    counter_add(&w->counts[COUNT_UNOPENED], 1);
    SOCKET sock = c->sock;
    slot_give(&w->host->slots, c);
    socket_refuse(w, sock, error);
}

void conn_close(struct worker *w, struct conn *c)
{
    bool owed = c->want != CONN_RECV && c->io.len > 0;
    if (owed)
        conn_abort(w, c->sock);
    conn_socket_close(w, c->sock);
    slot_give(&w->host->slots, c);
    counter_add(&w->counts[COUNT_CLOSES], 1);
}

enum accept_next accept_failed(struct worker *w, DWORD error)
{
    /* What a stop cancels is no error. */
    if (error != WSA_OPERATION_ABORTED || !w->host->stopping)
        worker_error(w, error);
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
        return spare_spend(w) ? ACCEPT_AGAIN : ACCEPT_LATER;
    default: /* no memory, or nobody knows: do not spin */
        return ACCEPT_LATER;
    }
}

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
    return ((const struct host *)srv)->slots.used;
}
