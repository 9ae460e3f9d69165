/* The engine on Windows: one completion port a thread, so that a connection
 * belongs to one thread. Each has at most one receive and one send under way;
 * its memory stays until the last of them has ended. */
#include "clients/load_thread.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/machine.h"
#include "common/options.h"
#include "common/win.h"

enum {
    IOCP_ENTRIES = 64,
    IOCP_BUFFER = 65536,
    IOCP_SMALL = 4096, /* where several messages can be in flight, at least */
    IOCP_MEMORY = 1 << 28, /* for the buffers of all connections */
    /* Immediate results of a connection before it queues behind the others. */
    IOCP_INLINE = 4,
    IOCP_TICK_MS = 20 /* a timer that is not precise may be that late */
};

/* The engine's half of a connection. */
struct iocp_link {
    struct client *client;
    OVERLAPPED in, out; /* of connecting and receiving; of sending */
    uint32_t cycle;     /* of the client */
    unsigned held;      /* I/O under way, and the handling of a result */
    bool dropped, sending, receiving;
    bool skips;              /* an immediate success is not queued as well */
    size_t size;             /* of each of the two */
    uint8_t *inbox, *outbox; /* behind this struct */
};

struct engine {
    struct load_thread *thread;
    HANDLE port, timer;
    bool coarse; /* the timer is an ordinary one, of 15.6 ms */
    OVERLAPPED_ENTRY entries[IOCP_ENTRIES];
};

const char engine_name[] = "iocp";
const uint32_t engine_threads = 2;

static LPFN_CONNECTEX iocp_connect_ex;
/* Sockets are handles of the file system; a layered provider's need not be. */
static bool iocp_files;
/* These ports stay free: first and count. Windows' own dynamic range begins
 * there, unless it says otherwise. */
static uint32_t iocp_reserve[2] = {49152, MACHINE_RESERVE};

bool engine_prepare(const struct option_values *options)
{
    WSADATA data;
    GUID id = WSAID_CONNECTEX;
    WSAPROTOCOL_INFOW info = {0};
    int size = sizeof info;
    uint32_t first, count;
    SOCKET sock;
    DWORD bytes;

    (void)options; /* there is no limit to ask for */
    WSASetLastError(WSAStartup(MAKEWORD(2, 2), &data));
    sock = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    if (sock == INVALID_SOCKET ||
        WSAIoctl(sock, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
                 &iocp_connect_ex, sizeof iocp_connect_ex, &bytes, NULL,
                 NULL) != 0)
        die("WSAStartup, WSASocket, WSAIoctl(ConnectEx)");
    iocp_files = getsockopt(sock, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info,
                            &size) == 0 &&
                 (info.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
    closesocket(sock);
    if (machine_is_wine() ? proc_ports(&first, &count)
                          : machine_netsh_ports(&first, &count)) {
        iocp_reserve[0] = first;
        iocp_reserve[1] = machine_reserve(count);
    }
    return true;
}

/* A high-resolution timer refuses a completion routine (Windows 10 and 11), and
 * waits for a port end by the clock's ticks of 15.6 ms: this thread waits for
 * the timer and posts a packet, until the process ends. */
static void iocp_tick(void *arg)
{
    struct engine *engine = arg;

    while (WaitForSingleObject(engine->timer, INFINITE) == WAIT_OBJECT_0)
        engine_wake(engine);
    die("WaitForSingleObject");
}

struct engine *engine_open(struct load_thread *thread)
{
    struct engine *engine = calloc_or_die(1, sizeof *engine);

    engine->thread = thread;
    /* High resolution since Windows 10 1803; before that a timer that ticks. */
    engine->timer = CreateWaitableTimerExW(
        NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
    engine->coarse = engine->timer == NULL;
    if (engine->coarse)
        engine->timer = CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
    engine->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (engine->port == NULL || engine->timer == NULL ||
        sync_thread_start(iocp_tick, engine) == NULL)
        die("CreateIoCompletionPort, CreateWaitableTimerEx, CreateThread");
    return engine;
}

/* The system may still write to connections that were dropped: their memory,
 * and with it the port, stays until the process ends. */
void engine_close(struct engine *engine)
{
    (void)engine;
}

/* --- a connection's memory --------------------------------------------- */

/* As much as may be in flight, so that one call moves it; but one message when
 * many connections would need too much for that. */
static size_t iocp_size(const struct client *client)
{
    const struct option_values *options = client->thread->shared->options;
    uint64_t one = client->flow.message, all = one * options->pipeline;
    uint64_t share = IOCP_MEMORY / 2 / client->thread->shared->part.count;

    if (options->pipeline > 1 && all < IOCP_SMALL)
        all = IOCP_SMALL;
    if (all > share)
        all = share > one ? share : one;
    return all < IOCP_BUFFER ? (size_t)all : IOCP_BUFFER;
}

static struct iocp_link *iocp_link_make(struct client *client)
{
    size_t size = iocp_size(client);
    struct iocp_link *link = malloc(sizeof *link + 2 * size);

    client->sock = INVALID_SOCKET;
    client->io = link;
    client->paused = false;
    if (link == NULL)
        return NULL;
    *link = (struct iocp_link){.client = client,
                               .cycle = client->cycle,
                               .size = size,
                               .inbox = (uint8_t *)(link + 1),
                               .outbox = (uint8_t *)(link + 1) + size};
    return link;
}

static void iocp_release(struct iocp_link *link)
{
    if (--link->held == 0 && link->dropped)
        free(link);
}

/* --- sending and receiving --------------------------------------------- */

enum iocp_start { IOCP_FAILED, IOCP_QUEUED, IOCP_DONE };

/* Starts to send or to receive and says what became of it: the port will have
 * its completion; or it is done and the caller handles its *bytes, unless the
 * caller did so `turns` times already. */
static enum iocp_start iocp_start(struct iocp_link *link, OVERLAPPED *over,
                                  WSABUF *data, unsigned turns, DWORD *bytes)
{
    SOCKET sock = link->client->sock;
    DWORD flags = 0;
    bool done;

    memset(over, 0, sizeof *over);
    if (over == &link->out)
        done = WSASend(sock, data, 1, bytes, 0, over, NULL) == 0;
    else
        done = WSARecv(sock, data, 1, bytes, &flags, over, NULL) == 0;
    if (!done && WSAGetLastError() != WSA_IO_PENDING)
        return IOCP_FAILED;
    if (done && link->skips &&
        (turns < IOCP_INLINE ||
         !PostQueuedCompletionStatus(link->client->thread->engine->port, *bytes,
                                     (ULONG_PTR)link, over)))
        return IOCP_DONE;
    link->held++;
    return IOCP_QUEUED;
}

static void iocp_send(struct iocp_link *link)
{
    struct client *client = link->client;
    WSABUF data = {.buf = (char *)link->outbox};

    for (unsigned turns = 0; !link->sending && flow_want(&client->flow) > 0;
         turns++) {
        enum iocp_start start;
        DWORD bytes;

        data.len = (ULONG)flow_fill(&client->flow, link->outbox, link->size,
                                    clock_ns());
        start = iocp_start(link, &link->out, &data, turns, &bytes);
        if (start == IOCP_FAILED) {
            client_failed(client, error_last());
            return;
        }
        flow_give(&client->flow, data.len);
        link->sending = start == IOCP_QUEUED;
        if (start == IOCP_DONE)
            client_sent(client, bytes);
    }
}

/* Windows reports a reset as an error of the receive. Wine's server may take
 * the socket's error before a receive that is under way does; that one ends
 * with no bytes then, as for a FIN. But the peer's name is gone (Wine 8), or
 * the next receive fails (Wine 10), which after a FIN ends with no bytes again.
 * (The name also is gone when both sides have finished.) */
static bool iocp_reset(const struct iocp_link *link)
{
    struct sockaddr_storage peer;
    int size = sizeof peer;
    char next;

    return machine_is_wine() && link->client->state != CLIENT_FINISHED &&
           (getpeername(link->client->sock, (struct sockaddr *)&peer, &size) !=
                0 ||
            recv(link->client->sock, &next, 1, 0) < 0);
}

/* Whether the next receive is to be started. */
static bool iocp_received(struct iocp_link *link, DWORD bytes)
{
    struct client *client = link->client;
    bool more = false;

    link->held++;
    if (bytes == 0 && iocp_reset(link)) {
        client_failed(client, WSAECONNRESET);
    } else if (bytes == 0) {
        client_fin(client);
    } else if (client_received(client, link->inbox, bytes, clock_ns())) {
        iocp_send(link);
        more = !link->dropped && !client->paused;
    }
    iocp_release(link);
    return more;
}

static void iocp_recv(struct iocp_link *link, size_t bytes)
{
    WSABUF room = {.buf = (char *)link->inbox, .len = (ULONG)bytes};
    bool more = !link->receiving;

    for (unsigned turns = 0; more; turns++) {
        DWORD got;
        enum iocp_start start = iocp_start(link, &link->in, &room, turns, &got);

        if (start == IOCP_FAILED) {
            client_failed(link->client, error_last());
            return;
        }
        link->receiving = start == IOCP_QUEUED;
        more = start == IOCP_DONE && iocp_received(link, got);
    }
}

void engine_pause(struct client *client)
{
    client->paused = true;
}

void engine_take(struct client *client)
{
    iocp_recv(client->io, 1);
}

void engine_send(struct client *client)
{
    iocp_send(client->io);
}

void engine_drop(struct client *client, bool abort)
{
    struct iocp_link *link = client->io;

    socket_close(client->sock, abort);
    if (link == NULL)
        return; /* there was no memory for it */
    link->dropped = true;
    client->io = NULL;
    link->held++;
    iocp_release(link);
}

/* --- connecting -------------------------------------------------------- */

/* ConnectEx wants a bound socket. Port scalability lets each source address
 * have the whole port range; where it is missing, they share one. */
static bool iocp_bind(SOCKET sock, const struct endpoint *from,
                      const struct endpoint *to)
{
    struct endpoint any = {.address.ss_family = to->address.ss_family,
                           .size = to->size};
    BOOL on = TRUE;

    if (from->size == 0)
        from = &any;
    else
        setsockopt(sock, SOL_SOCKET, SO_PORT_SCALABILITY, (const char *)&on,
                   sizeof on);
    if (bind(sock, (const struct sockaddr *)&from->address, from->size) == 0)
        return true;
    /* By its documentation bind() fails with WSAENOBUFS when no port is free;
     * other calls mean a lack of memory. */
    if (WSAGetLastError() == WSAENOBUFS)
        WSASetLastError(WSAEADDRINUSE);
    return false;
}

/* A socket with a port; INVALID_SOCKET: it got none. */
static SOCKET iocp_socket(const struct endpoint *from,
                          const struct endpoint *to)
{
    DWORD on = 1, error;
    SOCKET sock =
        WSASocketW(to->address.ss_family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);

    if (sock == INVALID_SOCKET ||
        (setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, (const char *)&on,
                    sizeof on) == 0 &&
         iocp_bind(sock, from, to)))
        return sock;
    error = error_last();
    closesocket(sock);
    WSASetLastError((int)error);
    return INVALID_SOCKET;
}

static bool iocp_is_reserved(SOCKET sock)
{
    struct sockaddr_storage at = {0};
    int size = sizeof at;

    return getsockname(sock, (struct sockaddr *)&at, &size) == 0 &&
           /* IPv6 has the port at the same place. */
           ntohs(((const struct sockaddr_in *)&at)->sin_port) -
                   iocp_reserve[0] <
               iocp_reserve[1];
}

/* A port taken with port scalability, at any address, is lost to every program
 * without it: one from the reserve is given back, after the system has found
 * another. */
static SOCKET iocp_socket_beyond_reserve(const struct endpoint *from,
                                         const struct endpoint *to)
{
    SOCKET back[MACHINE_RESERVE], sock = iocp_socket(from, to);
    uint32_t count = 0, error;

    while (sock != INVALID_SOCKET && count < MACHINE_RESERVE &&
           iocp_is_reserved(sock)) {
        back[count++] = sock;
        sock = iocp_socket(from, to);
    }
    error = error_last();
    while (count > 0)
        closesocket(back[--count]);
    WSASetLastError((int)error);
    return sock;
}

uint32_t engine_connect(struct client *client, const struct endpoint *from,
                        const struct endpoint *to)
{
    struct iocp_link *link = iocp_link_make(client);

    if (link == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    client->sock = iocp_socket_beyond_reserve(from, to);
    if (client->sock == INVALID_SOCKET ||
        CreateIoCompletionPort((HANDLE)client->sock,
                               client->thread->engine->port, (ULONG_PTR)link,
                               0) == NULL ||
        (!iocp_connect_ex(client->sock, (const struct sockaddr *)&to->address,
                          to->size, NULL, 0, NULL, &link->in) &&
         WSAGetLastError() != WSA_IO_PENDING))
        return error_last();
    link->held++;
    return 0;
}

/* --- completions ------------------------------------------------------- */

static void iocp_connected(struct iocp_link *link)
{
    struct client *client = link->client;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;

    /* Until then shutdown and getpeername do not know the connection. */
    if (setsockopt(client->sock, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL,
                   0) != 0) {
        client_failed(client, error_last());
        return;
    }
    /* Most sends are done at once: without this each is a packet as well. */
    link->skips = iocp_files && SetFileCompletionNotificationModes(
                                    (HANDLE)client->sock, modes);
    client_connected(client, clock_ns());
    if (!link->dropped && !client->paused)
        iocp_recv(link, link->size);
}

static void iocp_sent(struct iocp_link *link, DWORD bytes)
{
    link->sending = false;
    /* Counts even when the connection ended first: the bytes went out. */
    if (link->cycle != link->client->cycle) {
        client_count(link->client, COUNTER_SENT_BYTES, bytes);
        return;
    }
    client_sent(link->client, bytes);
    if (!link->dropped)
        iocp_send(link);
}

/* The Winsock error of a completion, 0 when it succeeded. */
static uint32_t iocp_error(const struct iocp_link *link, OVERLAPPED *over)
{
    DWORD bytes, flags;

    if (over->Internal == 0 ||
        WSAGetOverlappedResult(link->client->sock, over, &bytes, FALSE, &flags))
        return 0;
    return error_last();
}

static void iocp_handle(const OVERLAPPED_ENTRY *entry)
{
    struct iocp_link *link = (struct iocp_link *)entry->lpCompletionKey;
    OVERLAPPED *over = entry->lpOverlapped;
    DWORD bytes = entry->dwNumberOfBytesTransferred;
    uint32_t error;

    if (link == NULL)
        return; /* a wake */
    if (over == &link->in)
        link->receiving = false;
    if (over == &link->out && over->Internal == 0) {
        iocp_sent(link, bytes);
    } else if (!link->dropped) {
        error = iocp_error(link, over);
        if (error != 0)
            client_failed(link->client, error);
        else if (link->client->state == CLIENT_CONNECTING)
            iocp_connected(link);
        else if (iocp_received(link, bytes))
            iocp_recv(link, link->size);
    }
    iocp_release(link);
}

void engine_wait(struct engine *engine, int64_t ns, bool precise)
{
    DWORD ms = ns <= 0 ? 0 : (DWORD)((ns + 999999) / 1000000);
    LARGE_INTEGER timer = {.QuadPart = -(ns / 100)};
    ULONG count = 0;
    DWORD error = 0;

    if (precise && ns > 0) {
        if (!SetWaitableTimer(engine->timer, &timer, 0, NULL, NULL, FALSE))
            die("SetWaitableTimer");
        ms += IOCP_TICK_MS;
    }
    thread_rest(engine->thread);
    if (!GetQueuedCompletionStatusEx(engine->port, engine->entries,
                                     IOCP_ENTRIES, &count, ms, FALSE))
        error = GetLastError();
    thread_wake(engine->thread);
    if (error != 0 && error != WAIT_TIMEOUT)
        die("GetQueuedCompletionStatusEx");
    for (ULONG i = 0; error == 0 && i < count; i++)
        iocp_handle(&engine->entries[i]);
}

const char *engine_timer(const struct engine *engine)
{
    return engine->coarse ? "ticks" : "high_resolution";
}

void engine_wake(struct engine *engine)
{
    if (!PostQueuedCompletionStatus(engine->port, 0, 0, NULL))
        die("PostQueuedCompletionStatus");
}
