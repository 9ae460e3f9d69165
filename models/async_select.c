/* Asynchronous selection: the system posts a window message when something
 * happens to a socket (WSAAsyncSelect), and one thread sleeps in GetMessage,
 * the pump of a program with windows. The windows here are message-only. The
 * number of a message holds its connection's slot, which saves a search.
 * Ceiling: one thread, and one queue that every message passes through.
 * Compare event_select.c: the same notifications, as events instead.
 *
 * A message is only a hint: its connection may be closed since, and its socket
 * handle in use again. It says which connection to try; the result of the call
 * decides. */
#include "model.h"

enum {
    ASYNC_SELECT_ACCEPTS = 256, /* at a time: the others want their turn */
    ASYNC_SELECT_LAST = 1024, /* turns in a row for a connection that closed */
    ASYNC_SELECT_ACCEPT = WM_USER, /* the listener's message, then the slots' */
    ASYNC_SELECT_FIRST = WM_USER + 1,
    ASYNC_SELECT_SLOTS = 0x8000 - ASYNC_SELECT_FIRST, /* more: next window */
    ASYNC_SELECT_WINDOWS = 8,
    /* Recovery of lost messages */
    ASYNC_SELECT_TICK_MS = ACCEPT_RETRY_MS,
    ASYNC_SELECT_SWEEP_MS = 1000, /* to come by each connection */
    ASYNC_SELECT_SILENT = 5,      /* sweeps without a message, then a try */
    ASYNC_SELECT_NEW = 3          /* to begin with: FD_WRITE may be lost */
};

struct async_select_conn {
    struct conn conn;
    bool closing;    /* FD_CLOSE came; it comes once */
    unsigned silent; /* sweeps since its last message */
};

struct async_select {
    struct server *srv;
    HWND windows[ASYNC_SELECT_WINDOWS];
    ULONGLONG retry_at; /* no accept before, after a shortage */
    ULONGLONG tick_at;
    uint32_t swept; /* the slot where the sweep goes on */
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool async_select_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false, any = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) {
            if (sends)
                conn_blocked(stats, c);
            return any;
        }
        any = true;
        received |= !sends;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
    return any;
}

static void async_select_try(struct async_select *p,
                             struct async_select_conn *a)
{
    struct conn *c = &a->conn;
    bool any = async_select_serve(p->srv->stats, c);
    /* FD_CLOSE may come before the last bytes were read, and nothing comes
     * after them: to the end, which is no further than a socket's buffer; or
     * it was for the handle's last user, and this one may never end. */
    for (int turns = 1;
         a->closing && c->want == CONN_RECV && any && turns < ASYNC_SELECT_LAST;
         turns++)
        any = async_select_serve(p->srv->stats, c);
    if (!any && c->want == CONN_RECV)
        a->closing = false; /* FD_CLOSE was for the handle's last user */
    if (c->want == CONN_CLOSE)
        conn_close(p->srv->stats, c);
}

static void async_select_look(struct async_select *p, const MSG *message)
{
    uint32_t slot = message->message - ASYNC_SELECT_FIRST, window = 0;
    while (window < ASYNC_SELECT_WINDOWS && p->windows[window] != message->hwnd)
        window++;
    slot += window * ASYNC_SELECT_SLOTS;
    if (slot >= server_slots_used(p->srv)) { /* from another sender */
        DispatchMessageW(message);
        return;
    }
    struct conn *c = server_conn(p->srv, slot);
    if (c == NULL || c->sock != (SOCKET)message->wParam)
        return;
    struct async_select_conn *a = (struct async_select_conn *)c;
    const int event = WSAGETSELECTEVENT(message->lParam);
    a->silent = 0;
    if (event == FD_CLOSE)
        a->closing = true;
    else if (event != (c->want == CONN_SEND ? FD_WRITE : FD_READ))
        return; /* not lost: serving tries it in its turn */
    async_select_try(p, a);
}

/* NULL with GetLastError(). */
static HWND async_select_open(void)
{
    return CreateWindowExW(0, L"iomodels", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE,
                           NULL, NULL, NULL);
}

static void async_select_accept(struct async_select *p, SOCKET sock)
{
    struct thread_stats *stats = p->srv->stats;
    u_long yes = 1;
    if (ioctlsocket(sock, (long)FIONBIO, &yes)) {
        socket_refuse(stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(stats, sock);
    if (c == NULL)
        return;
    HWND *window = &p->windows[c->slot / ASYNC_SELECT_SLOTS];
    if (*window == NULL)
        *window = async_select_open();
    if (*window == NULL) {
        conn_refuse(stats, c, GetLastError());
        return;
    }
    struct async_select_conn *a = (struct async_select_conn *)c;
    a->closing = false;
    a->silent = ASYNC_SELECT_NEW;
    /* Data may be there already; and under Wine no message comes for a peer
     * that is gone already. */
    async_select_serve(stats, c);
    /* In place of the listener's selection, which it inherited. */
    if (c->want != CONN_CLOSE &&
        WSAAsyncSelect(sock, *window,
                       ASYNC_SELECT_FIRST + c->slot % ASYNC_SELECT_SLOTS,
                       FD_READ | FD_WRITE | FD_CLOSE))
        conn_fail(stats, c, (DWORD)WSAGetLastError());
    if (c->want == CONN_CLOSE)
        conn_close(stats, c);
}

/* Each accept() asks for the next FD_ACCEPT; the tick tries again as well. */
static void async_select_accept_all(struct async_select *p)
{
    if (p->retry_at > GetTickCount64())
        return;
    for (uint32_t i = 0; i < ASYNC_SELECT_ACCEPTS; i++) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        DWORD error = sock == INVALID_SOCKET ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK)
            return;
        if (!error) {
            async_select_accept(p, sock);
        } else if (accept_failed(p->srv->stats, error) == ACCEPT_LATER) {
            p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
            return;
        }
    }
}

/* --- recovery of lost messages --------------------------------------------
 *
 * A full queue (10,000 messages) loses messages. So each connection that had
 * none for a while is tried, and accept() at every tick. */

/* Only silent connections: a message that comes after its bytes were taken
 * serves the bytes that follow, ahead of their own message's turn. */
static void async_select_sweep(struct async_select *p)
{
    const uint32_t used = server_slots_used(p->srv);
    uint32_t count = 1 + used / (ASYNC_SELECT_SWEEP_MS / ASYNC_SELECT_TICK_MS);
    for (; count > 0 && used > 0; count--) {
        p->swept = p->swept < used ? p->swept : 0;
        struct async_select_conn *a =
            (struct async_select_conn *)server_conn(p->srv, p->swept++);
        if (a == NULL || ++a->silent < ASYNC_SELECT_SILENT)
            continue;
        a->silent = 0;
        async_select_try(p, a);
    }
}

/* By the clock: the timer's message only ends the sleep in GetMessage, since
 * it comes only when there is no other. */
static void async_select_tick(struct async_select *p)
{
    if (GetTickCount64() < p->tick_at)
        return;
    p->tick_at = GetTickCount64() + ASYNC_SELECT_TICK_MS;
    async_select_accept_all(p);
    async_select_sweep(p);
}

/* --- the message pump ----------------------------------------------------- */

static void async_select_pump(struct async_select *p)
{
    while (!server_stopping(p->srv)) {
        MSG message = {0};
        if (!stats_check(p->srv->stats, GetMessageW(&message, NULL, 0, 0) >= 0))
            Sleep(1); /* the tick recovers what it missed */
        if (message.message == ASYNC_SELECT_ACCEPT)
            async_select_accept_all(p);
        else if (message.message >= ASYNC_SELECT_FIRST &&
                 message.message < ASYNC_SELECT_FIRST + ASYNC_SELECT_SLOTS)
            async_select_look(p, &message);
        else
            DispatchMessageW(&message);
        async_select_tick(p);
    }
}

static void async_select_run(struct server *srv)
{
    struct async_select p = {.srv = srv};
    WNDCLASSEXW class = {.cbSize = sizeof class,
                         .lpfnWndProc = DefWindowProcW,
                         .lpszClassName = L"iomodels"};
    if (!RegisterClassExW(&class))
        server_cannot_start(srv, "RegisterClassEx");
    p.windows[0] = async_select_open();
    if (p.windows[0] == NULL)
        server_cannot_start(srv, "CreateWindowEx");
    if (!SetTimer(p.windows[0], 1, ASYNC_SELECT_TICK_MS, NULL))
        server_cannot_start(srv, "SetTimer");
    if (WSAAsyncSelect(srv->listener, p.windows[0], ASYNC_SELECT_ACCEPT,
                       FD_ACCEPT))
        server_cannot_start(srv, "WSAAsyncSelect");
    server_ready(srv);
    async_select_pump(&p);

    for (uint32_t i = 0; i < server_slots_used(srv); i++) {
        struct conn *c = server_conn(srv, i);
        if (c)
            conn_close(srv->stats, c);
    }
    for (int i = 0; i < ASYNC_SELECT_WINDOWS; i++)
        if (p.windows[i])
            stats_check(srv->stats, DestroyWindow(p.windows[i]));
    stats_check(srv->stats, UnregisterClassW(L"iomodels", NULL));
}

const struct io_model model_async_select = {
    .name = "async_select",
    .summary = "WSAAsyncSelect: window messages, one pump",
    .ceiling = "one thread and its message queue",
    .conn_size = sizeof(struct async_select_conn),
    .max_conns = ASYNC_SELECT_WINDOWS * ASYNC_SELECT_SLOTS,
    .max_threads = 1,
    .run = async_select_run,
};
