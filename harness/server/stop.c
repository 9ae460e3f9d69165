/* Stopping: the first request counts. */
#include "common/clock.h"
#include "common/json_lines.h"
#include "server/host.h"

enum {
    STOP_WAKE_MAX = 64,
    STOP_AGAIN_MS = 400, /* less often than STOP_WAKE_MAX in STOP_LIMIT_S */
    STOP_TRIES = 100,
    STOP_LIMIT_S = 20,
    STOP_EXIT_STUCK = 70
};

static struct {
    HANDLE run_done, wake_done;
    struct sockaddr_storage to; /* the listener */
    int to_length;
    SOCKET ready; /* made ahead, or INVALID_SOCKET */
    SOCKET made[STOP_WAKE_MAX];
    /* Of the wake-up connections, entered before they connect. */
    volatile LONG ports[STOP_WAKE_MAX];
    int count;
} stop;

/* A socket bound to a port of its own, so that the port is known before the
 * connection shows up at the other end. */
static SOCKET stop_socket(void)
{
    SOCKET s = WSASocketW(stop.to.ss_family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET)
        return s;
    struct sockaddr_storage from = stop.to;
    *address_port(&from) = 0;
    u_long on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset);
    /* Or it could get no port that the load generator has at any address. */
    BOOL scale = TRUE;
    setsockopt(s, SOL_SOCKET, SO_PORT_SCALABILITY, (const char *)&scale,
               sizeof scale);
    if (bind(s, (struct sockaddr *)&from, stop.to_length) != 0 ||
        ioctlsocket(s, (long)FIONBIO, &on) != 0) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

static HANDLE stop_event(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!event)
        die("CreateEvent");
    return event;
}

void stop_open(struct host *host)
{
    host->srv.stop_event = stop_event();
    stop.run_done = stop_event();
    stop.wake_done = stop_event();
    stop.to_length = listener_local(host->srv.listener, &stop.to);
    stop.ready = stop_socket(); /* later there may be no descriptor left */
}

/* Everybody waits for these: not given up at once. */
static void stop_set(HANDLE event)
{
    for (int tries = 1; !SetEvent(event); tries++) {
        if (tries == STOP_TRIES)
            die("SetEvent");
        Sleep(1);
    }
}

bool stop_request(struct host *host, const char *by)
{
    if (InterlockedExchange(&host->stopping, 1))
        return false;
    host->stopped_by = by;
    stop_set(host->srv.stop_event);
    return true;
}

static uint16_t stop_port(struct sockaddr_storage at)
{
    return *address_port(&at);
}

/* The outcome does not matter: a full backlog wakes the listener as well. The
 * socket stays open, so that accept still finds the connection. */
static void stop_wake_once(void)
{
    SOCKET s = stop.ready != INVALID_SOCKET ? stop.ready : stop_socket();
    stop.ready = INVALID_SOCKET;
    if (s == INVALID_SOCKET || stop.count == STOP_WAKE_MAX)
        return;
    struct sockaddr_storage from = {0};
    int length = sizeof from;
    if (getsockname(s, (struct sockaddr *)&from, &length) != 0) {
        closesocket(s);
        return;
    }
    InterlockedExchange(&stop.ports[stop.count], stop_port(from));
    stop.made[stop.count++] = s;
    (void)connect(s, (struct sockaddr *)&stop.to, stop.to_length);
}

static void stop_give_up(const struct host *host, const char *what)
{
    json_lines_error(true, 0,
                     "this is a defect of the model: please report it with the "
                     "command line",
                     "model %s %s", host->model->name, what);
    /* Not exit: its threads are still at work on what exit tears down. */
    TerminateProcess(GetCurrentProcess(), STOP_EXIT_STUCK);
}

void stop_done(const struct host *host)
{
    if (!host->stopping)
        stop_give_up(host, "ended without a request to stop");
    stop_set(stop.run_done);
    while (WaitForSingleObject(stop.wake_done, INFINITE) == WAIT_FAILED)
        Sleep(STOP_AGAIN_MS);
}

void stop_wake(struct host *host)
{
    int64_t end = clock_ns() + (int64_t)STOP_LIMIT_S * 1000000000;
    do {
        if (clock_ns() > end)
            stop_give_up(host,
                         "is still running 20 s after the request to stop");
        stop_wake_once();
    } while (WaitForSingleObject(stop.run_done, STOP_AGAIN_MS) !=
             WAIT_OBJECT_0);
    while (stop.count > 0)
        closesocket(stop.made[--stop.count]);
    stop_set(stop.wake_done);
}

bool stop_is_wake_up(const struct host *host, SOCKET accepted)
{
    struct sockaddr_storage peer = {0};
    int length = sizeof peer;
    SOCKET listener = host->srv.listener;
    if (getpeername(accepted, (struct sockaddr *)&peer, &length) != 0) {
        /* One from AcceptEx does not know its peer before this. */
        setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&listener, sizeof listener);
        length = sizeof peer;
        if (getpeername(accepted, (struct sockaddr *)&peer, &length) != 0)
            return false;
    }
    for (int i = 0; i < STOP_WAKE_MAX; i++)
        if (stop.ports[i] != 0 && stop.ports[i] == stop_port(peer))
            return true;
    return false;
}
