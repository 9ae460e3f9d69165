#include "server/stop.h"
#include "common/clock.h"
#include "common/jsonl.h"
#include "server/listener.h"
#include <stdio.h>

enum {
    STOP_WAKE_MAX = 64,
    STOP_FIRST_MS = 50,
    STOP_LONGEST_MS = 1000,
    STOP_TRIES = 100
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
    volatile LONG by;
} stop;

static unsigned short stop_port(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET
               ? ((const struct sockaddr_in *)a)->sin_port
               : ((const struct sockaddr_in6 *)a)->sin6_port;
}

/* A socket bound to a port of its own, so that the port is known before the
 * connection shows up at the other end. */
static SOCKET stop_socket(void)
{
    SOCKET s = WSASocketW(stop.to.ss_family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET)
        return s;
    struct sockaddr_storage from = stop.to;
    if (from.ss_family == AF_INET)
        ((struct sockaddr_in *)&from)->sin_port = 0;
    else
        ((struct sockaddr_in6 *)&from)->sin6_port = 0;
    u_long on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&reset, sizeof reset);
    if (bind(s, (struct sockaddr *)&from, stop.to_length) != 0 ||
        ioctlsocket(s, (long)FIONBIO, &on) != 0) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

void stop_open(struct host *host)
{
    host->srv.stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!host->srv.stop_event)
        die("CreateEvent");
    stop.run_done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stop.run_done)
        die("CreateEvent");
    stop.wake_done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stop.wake_done)
        die("CreateEvent");
    stop.to_length = listener_local(host->srv.listener, &stop.to);
    stop.ready = stop_socket();
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

bool stop_request(struct host *host, enum stop_by by)
{
    if (InterlockedCompareExchange(&stop.by, (LONG)by, STOP_NOT) != STOP_NOT)
        return false;
    InterlockedExchange(&host->stopping, 1);
    stop_set(host->srv.stop_event);
    return true;
}

enum stop_by stop_requested(void)
{
    return (enum stop_by)stop.by;
}

/* The outcome does not matter: a full backlog wakes the listener as well. The
 * socket stays open, so that the connection is there when accept comes to it.
 */
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
    InterlockedExchange(&stop.ports[stop.count], stop_port(&from));
    stop.made[stop.count++] = s;
    (void)connect(s, (struct sockaddr *)&stop.to, stop.to_length);
}

static void stop_give_up(const char *what)
{
    jsonl_error(true, what, 0,
                "this is a defect of the model: please report it with the "
                "command line");
    /* Not exit: its threads are still at work on what exit tears down. */
    TerminateProcess(GetCurrentProcess(), EXIT_STUCK);
}

void stop_done(const struct host *host)
{
    if (stop_requested() == STOP_NOT) {
        char what[160];
        snprintf(what, sizeof what, "model %s ended without being told to",
                 host->model->name);
        stop_give_up(what);
    }
    stop_set(stop.run_done);
    while (WaitForSingleObject(stop.wake_done, INFINITE) == WAIT_FAILED)
        Sleep(STOP_FIRST_MS);
}

static void stop_late(const struct host *host)
{
    char what[160];
    snprintf(what, sizeof what,
             "model %s is still running %d s after it was told to stop",
             host->model->name, STOP_LIMIT_MS / 1000);
    stop_give_up(what);
}

void stop_wake(struct host *host)
{
    int64_t end = clock_ns() + (int64_t)STOP_LIMIT_MS * 1000000;
    DWORD pause = STOP_FIRST_MS, waited;
    do {
        if (clock_ns() > end)
            stop_late(host);
        stop_wake_once();
        pause = pause * 2 < STOP_LONGEST_MS ? pause * 2 : STOP_LONGEST_MS;
        waited = WaitForSingleObject(stop.run_done, pause);
        if (waited == WAIT_FAILED)
            Sleep(STOP_FIRST_MS);
    } while (waited != WAIT_OBJECT_0);
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
        if (stop.ports[i] != 0 && stop.ports[i] == stop_port(&peer))
            return true;
    return false;
}
