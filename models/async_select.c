/* Asynchronous selection: the system posts a window message when something
 * happens to a socket (WSAAsyncSelect), and a thread sleeps in GetMessage, the
 * pump of a program with windows. Messages go to the thread that made the
 * window: each thread makes its own, message-only ones, and has a share of the
 * connections. The number of a message holds its connection's slot, which saves
 * a search. The thread that called run() accepts, woken by FD_ACCEPT.
 * Ceiling: a thread's queue: all messages of its connections pass through it.
 * Compare event_select.c: the same notifications, as events instead.
 *
 * A message is only a hint: its connection may be closed since, and its socket
 * handle in use again. It says which connection to try; the result of the call
 * decides. */
#include "model.h"

enum {
    ASYNC_SELECT_LAST = 1024, /* turns in a row for a connection that closed */
    ASYNC_SELECT_COME = WM_USER, /* connections came; then the slots' */
    ASYNC_SELECT_FIRST = WM_USER + 1,
    ASYNC_SELECT_SLOTS = 0x8000 - ASYNC_SELECT_FIRST, /* more: next window */
    ASYNC_SELECT_WINDOWS = 8,
    /* Recovery of lost messages */
    ASYNC_SELECT_TICK_MS = 50,
    ASYNC_SELECT_SWEEP_MS = 1000, /* to come by each connection */
    ASYNC_SELECT_SILENT = 5,      /* sweeps without a message, then a try */
    ASYNC_SELECT_NEW = 3          /* to begin with: FD_WRITE may be lost */
};

struct async_select_conn {
    struct conn conn;
    bool closing;    /* FD_CLOSE came; it comes once */
    unsigned silent; /* sweeps since its last message */
};

struct async_select_thread {
    struct pool_worker worker;
    volatile HWND windows[ASYNC_SELECT_WINDOWS];
    struct async_select_conn **conns; /* by slot; NULL: not of this thread */
    ULONGLONG tick_at;
    uint32_t swept; /* the slot where the sweep goes on */
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool async_select_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false, any = false;
    if (!conn_borrow(stats, c))
        return true;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) {
            if (sends)
                conn_blocked(stats, c);
            break;
        }
        any = true;
        received |= !sends && !error; /* --shortage ladder: at once */
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
    conn_repay(stats, c); /* a buffer in vain, or one whose bytes all went */
    return any;
}

static void async_select_close(struct async_select_thread *t,
                               struct async_select_conn *a)
{
    t->conns[a->conn.slot] = NULL;
    conn_close(t->worker.stats, &a->conn);
    worker_pool_gone(&t->worker);
}

static void async_select_try(struct async_select_thread *t,
                             struct async_select_conn *a)
{
    struct conn *c = &a->conn;
    bool any = async_select_serve(t->worker.stats, c);
    /* FD_CLOSE may come before the last bytes were read, and nothing comes
     * after them: to the end, which is no further than a socket's buffer; or
     * it was for the handle's last user, and this one may never end. */
    for (int turns = 1;
         a->closing && c->want == CONN_RECV && any && turns < ASYNC_SELECT_LAST;
         turns++)
        any = async_select_serve(t->worker.stats, c);
    if (!any && c->want == CONN_RECV)
        a->closing = false; /* FD_CLOSE was for the handle's last user */
    if (c->want == CONN_CLOSE)
        async_select_close(t, a);
}

static void async_select_look(struct async_select_thread *t, const MSG *message)
{
    uint32_t slot = message->message - ASYNC_SELECT_FIRST, window = 0;
    while (window < ASYNC_SELECT_WINDOWS && t->windows[window] != message->hwnd)
        window++;
    slot += window * ASYNC_SELECT_SLOTS;
    if (slot >= t->worker.pool->srv->max_conns)
        return; /* from another sender */
    struct async_select_conn *a = t->conns[slot];
    if (a == NULL || a->conn.sock != (SOCKET)message->wParam)
        return;
    const int event = WSAGETSELECTEVENT(message->lParam);
    a->silent = 0;
    if (event == FD_CLOSE)
        a->closing = true;
    else if (event != (a->conn.want == CONN_SEND ? FD_WRITE : FD_READ))
        return; /* not lost: serving tries it in its turn */
    async_select_try(t, a);
}

/* A window of the calling thread, with a timer that ends the sleep in
 * GetMessage. NULL with GetLastError(). */
static HWND async_select_open(void)
{
    HWND window = CreateWindowExW(0, L"iomodels", NULL, 0, 0, 0, 0, 0,
                                  HWND_MESSAGE, NULL, NULL, NULL);
    if (window == NULL || SetTimer(window, 1, ASYNC_SELECT_TICK_MS, NULL))
        return window;
    DWORD error = GetLastError();
    DestroyWindow(window);
    SetLastError(error);
    return NULL;
}

static void async_select_add(struct async_select_thread *t,
                             struct async_select_conn *a)
{
    struct conn *c = &a->conn;
    volatile HWND *window = &t->windows[c->slot / ASYNC_SELECT_SLOTS];
    if (*window == NULL)
        *window = async_select_open();
    if (*window == NULL) {
        conn_refuse(t->worker.stats, c, GetLastError());
        worker_pool_gone(&t->worker);
        return;
    }
    t->conns[c->slot] = a;
    a->closing = false;
    a->silent = ASYNC_SELECT_NEW;
    /* Data may be there already; and under Wine no message comes for a peer
     * that is gone already. */
    async_select_serve(t->worker.stats, c);
    /* In place of the listener's selection, which it inherited. */
    if (c->want != CONN_CLOSE &&
        WSAAsyncSelect(c->sock, *window,
                       ASYNC_SELECT_FIRST + c->slot % ASYNC_SELECT_SLOTS,
                       FD_READ | FD_WRITE | FD_CLOSE))
        conn_fail(t->worker.stats, c, (DWORD)WSAGetLastError());
    if (c->want == CONN_CLOSE)
        async_select_close(t, a);
}

static void async_select_adopt_all(struct async_select_thread *t)
{
    struct conn *c;
    while ((c = worker_pool_take(&t->worker)) != NULL)
        async_select_add(t, (struct async_select_conn *)c);
}

/* --- recovery of lost messages --------------------------------------------
 *
 * A full queue (10,000 messages) loses messages. So each connection that had
 * none for a while is tried, and new ones are looked for at every tick. */

/* Only silent connections: a message that comes after its bytes were taken
 * serves the bytes that follow, ahead of their own message's turn. */
static void async_select_sweep(struct async_select_thread *t)
{
    const uint32_t used = server_slots_used(t->worker.pool->srv);
    uint32_t count = 1 + used / (ASYNC_SELECT_SWEEP_MS / ASYNC_SELECT_TICK_MS);
    for (; count > 0 && used > 0; count--) {
        t->swept = t->swept < used ? t->swept : 0;
        struct async_select_conn *a = t->conns[t->swept++];
        if (a == NULL || ++a->silent < ASYNC_SELECT_SILENT)
            continue;
        a->silent = 0;
        async_select_try(t, a);
    }
}

/* By the clock, since a timer's message comes only when there is no other. */
static void async_select_tick(struct async_select_thread *t)
{
    if (GetTickCount64() < t->tick_at)
        return;
    t->tick_at = GetTickCount64() + ASYNC_SELECT_TICK_MS;
    if (t->windows[0] == NULL)
        t->windows[0] = async_select_open();
    stats_check(t->worker.stats, t->windows[0] != NULL);
    async_select_adopt_all(t);
    async_select_sweep(t);
}

/* --- the message pumps ---------------------------------------------------- */

static void async_select_turn(struct async_select_thread *t)
{
    MSG message = {0};
    async_select_tick(t);
    if (t->windows[0] == NULL ||
        !stats_check(t->worker.stats, GetMessageW(&message, NULL, 0, 0) >= 0))
        Sleep(1); /* the next tick serves lost messages */
    if (message.message == ASYNC_SELECT_COME)
        async_select_adopt_all(t);
    else if (message.message >= ASYNC_SELECT_FIRST &&
             message.message < ASYNC_SELECT_FIRST + ASYNC_SELECT_SLOTS)
        async_select_look(t, &message);
    else
        DispatchMessageW(&message);
}

static DWORD WINAPI async_select_work(void *arg)
{
    struct async_select_thread *t = arg;
    struct server *srv = t->worker.pool->srv;
    t->conns = (struct async_select_conn **)(t + 1);
    while (!t->worker.leave)
        async_select_turn(t);
    async_select_adopt_all(t);
    for (uint32_t i = 0; i < server_slots_used(srv); i++)
        if (t->conns[i])
            async_select_close(t, t->conns[i]);
    for (int i = 0; i < ASYNC_SELECT_WINDOWS; i++)
        if (t->windows[i])
            stats_check(t->worker.stats, DestroyWindow(t->windows[i]));
    return 0;
}

/* A message that is lost, or too early for a window, is found by the tick. */
static void async_select_wake(struct pool_worker *w)
{
    HWND window = ((struct async_select_thread *)w)->windows[0];
    stats_check(w->pool->srv->stats,
                !window || PostMessageW(window, ASYNC_SELECT_COME, 0, 0));
}

/* Each accept() asks for the next FD_ACCEPT. */
static void async_select_accept_all(struct worker_pool *pool)
{
    u_long yes = 1;
    while (!server_stopping(pool->srv)) {
        worker_pool_maintain(pool);
        SOCKET sock = accept(pool->srv->listener, NULL, NULL);
        DWORD error = sock == INVALID_SOCKET ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK)
            return;
        if (error)
            accept_wait(pool->srv, error);
        else if (ioctlsocket(sock, (long)FIONBIO, &yes))
            socket_refuse(pool->srv->stats, sock, (DWORD)WSAGetLastError());
        else
            worker_pool_give(pool, sock);
    }
}

static void async_select_run(struct server *srv)
{
    struct worker_pool pool = {
        .srv = srv,
        .run = async_select_work,
        .worker_size = sizeof(struct async_select_thread) +
                       srv->max_conns * sizeof(struct async_select_conn *),
        .capacity = (LONG)srv->max_conns + 1,
        .wake = async_select_wake};
    WNDCLASSEXW class = {.cbSize = sizeof class,
                         .lpfnWndProc = DefWindowProcW,
                         .lpszClassName = L"iomodels"};
    if (!RegisterClassExW(&class))
        server_cannot_start(srv, "RegisterClassEx");
    HWND window = async_select_open();
    if (window == NULL)
        server_cannot_start(srv, "CreateWindowEx or SetTimer");
    if (WSAAsyncSelect(srv->listener, window, ASYNC_SELECT_COME, FD_ACCEPT))
        server_cannot_start(srv, "WSAAsyncSelect");
    server_ready(srv);
    while (!server_stopping(srv)) {
        MSG message = {0};
        if (!stats_check(srv->stats, GetMessageW(&message, NULL, 0, 0) >= 0))
            Sleep(1);
        async_select_accept_all(&pool); /* whatever ended the sleep */
    }
    worker_pool_end(&pool);
    stats_check(srv->stats, DestroyWindow(window));
    stats_check(srv->stats, UnregisterClassW(L"iomodels", NULL));
}

const struct io_model model_async_select = {
    .name = "async_select",
    .summary = "WSAAsyncSelect: window messages, a pump for each thread",
    .ceiling = "message queues: one for each thread",
    .conn_size = sizeof(struct async_select_conn),
    .max_conns = ASYNC_SELECT_WINDOWS * ASYNC_SELECT_SLOTS,
    .borrows = true,
    .run = async_select_run,
};
