/* The engine on Linux: epoll, one instance a thread. Each ready socket is read
 * once, and then what follows is sent: calls of one kind in a row cost less,
 * and no echo waits for the sends of others. Its events are edge-triggered,
 * which spares the kernel a second look at each socket in the next wait; but
 * where something is left to be read or sent, it is asked for anew, so that the
 * socket's turn comes again after those of the others. */
#include "clients/load_thread.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/number.h"
#include "common/options.h"

enum {
    EPOLL_EVENTS = 256,
    EPOLL_BUFFER = 65536,
    EPOLL_SPARE_FILES = 64 /* for all but connections and load threads */
};

struct engine {
    /* First, where they are aligned: copying is faster so. */
    uint8_t inbox[EPOLL_BUFFER], outbox[EPOLL_BUFFER];
    struct epoll_event events[EPOLL_EVENTS];
    struct load_thread *thread;
    int epoll, wake;
    bool coarse; /* the kernel waits by milliseconds */
};

const char engine_name[] = "epoll";
const uint32_t engine_threads = 1;

bool engine_prepare(const struct option_values *options)
{
    const uint64_t connections =
        option_part(options->connections, options->rank, options->generators)
            .count;
    uint64_t files = connections + 2 * options->threads + EPOLL_SPARE_FILES;
    struct rlimit limit;
    rlim_t before;
    char need[32], have[32];

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true; /* whether they fit will show */
    before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = before;
    if (limit.rlim_cur == RLIM_INFINITY || files <= limit.rlim_cur)
        return true;
    complain("--connections: %s do not fit into the limit of %s open files; "
             "give fewer, or raise the limit as root: ulimit -Hn %llu",
             number_show_count(connections, need, sizeof need),
             number_show_count(limit.rlim_cur, have, sizeof have),
             (unsigned long long)files);
    return false;
}

struct engine *engine_open(struct load_thread *thread)
{
    struct engine *engine = calloc_or_die(1, sizeof *engine);
    struct epoll_event event = {.events = EPOLLIN};

    engine->thread = thread;
    engine->epoll = epoll_create1(EPOLL_CLOEXEC);
    engine->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (engine->epoll == -1 || engine->wake == -1 ||
        epoll_ctl(engine->epoll, EPOLL_CTL_ADD, engine->wake, &event) != 0)
        die("epoll_create1, eventfd, epoll_ctl");
    return engine;
}

void engine_close(struct engine *engine)
{
    close(engine->epoll);
    close(engine->wake);
    free(engine);
}

/* What is there already is announced again. While a send waits the events are
 * level-triggered: it takes turns with others although the socket is ready. */
static void epoll_watch(struct client *client, bool sends)
{
    struct engine *engine = client->thread->engine;
    struct epoll_event event = {.events = sends ? EPOLLOUT : EPOLLET,
                                .data.ptr = client};

    if (!client->paused)
        event.events |= EPOLLIN | EPOLLRDHUP;
    if (epoll_ctl(engine->epoll, EPOLL_CTL_MOD, (int)client->sock, &event) != 0)
        die("epoll_ctl");
    client->armed = sends;
}

/* Sends what the flow wanted when this began, so that a stream without end
 * takes turns with the others. */
static void epoll_pump(struct client *client, int64_t now)
{
    struct engine *engine = client->thread->engine;
    uint64_t want = flow_want(&client->flow);

    while (want > 0) {
        size_t bytes =
            flow_fill(&client->flow, engine->outbox,
                      want < EPOLL_BUFFER ? (size_t)want : EPOLL_BUFFER, now);
        ssize_t sent = send((int)client->sock, engine->outbox, bytes,
                            MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN) {
            client_failed(client, error_last());
            return;
        }
        if (sent < 0)
            break;
        want -= (uint64_t)sent;
        flow_give(&client->flow, (size_t)sent);
        client_sent(client, (size_t)sent);
        if ((size_t)sent < bytes)
            break;
    }
    if (client->armed != (flow_want(&client->flow) > 0))
        epoll_watch(client, !client->armed);
}

void engine_send(struct client *client)
{
    /* EPOLLOUT continues a send that waits. */
    if (!client->armed)
        epoll_pump(client, clock_ns());
}

uint32_t engine_connect(struct client *client, const struct endpoint *from,
                        const struct endpoint *to)
{
    struct epoll_event event = {.events =
                                    EPOLLIN | EPOLLRDHUP | EPOLLOUT | EPOLLET,
                                .data.ptr = client};
    int family = to->address.ss_family, on = 1;
    int sock = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    client->sock = (uintptr_t)sock;
    client->paused = false;
    client->armed = false;
    if (sock == -1 ||
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        return error_last();
    /* The port is chosen when the target is known, so that one source address
     * has its whole range for each target. */
    if (from->size != 0)
        setsockopt(sock, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (from->size != 0 && bind(sock, (const struct sockaddr *)&from->address,
                                (socklen_t)from->size) != 0)
        return error_last();
    if (connect(sock, (const struct sockaddr *)&to->address,
                (socklen_t)to->size) != 0 &&
        errno != EINPROGRESS && errno != EINTR)
        return error_last();
    /* A connection that is there already announces itself by EPOLLOUT too. */
    if (epoll_ctl(client->thread->engine->epoll, EPOLL_CTL_ADD, sock, &event) !=
        0)
        return error_last();
    return 0;
}

void engine_drop(struct client *client, bool abort)
{
    socket_close(client->sock, abort);
}

static void epoll_connected(struct client *client, uint32_t events)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (events & EPOLLERR &&
        getsockopt((int)client->sock, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        client_failed(client, (uint32_t)error);
    } else if (events & (EPOLLOUT | EPOLLIN)) {
        client_connected(client, clock_ns());
    }
}

/* Returns the bytes that came. */
static ssize_t epoll_receive(struct client *client, size_t bytes)
{
    struct engine *engine = client->thread->engine;
    ssize_t got;

    do
        got = recv((int)client->sock, engine->inbox, bytes, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        client_received(client, engine->inbox, (size_t)got, clock_ns());
    else if (got == 0)
        client_fin(client);
    else if (errno != EAGAIN)
        client_failed(client, error_last());
    return got;
}

void engine_pause(struct client *client)
{
    client->paused = true;
    epoll_watch(client, client->armed);
}

void engine_take(struct client *client)
{
    epoll_receive(client, 1);
}

static void epoll_handle(struct engine *engine, const struct epoll_event *event)
{
    const uint32_t ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    struct client *client = event->data.ptr;

    if (client == NULL) {
        eventfd_t count;

        eventfd_read(engine->wake, &count);
        return;
    }
    if (client->state == CLIENT_CONNECTING)
        epoll_connected(client, event->events);
    if (client_open(client) && event->events & (EPOLLIN | ends)) {
        const ssize_t got = epoll_receive(client, EPOLL_BUFFER);
        const bool more = got == EPOLL_BUFFER || (event->events & ends) != 0;

        if (more && client_open(client) && !client->armed)
            epoll_watch(client, false);
    }
}

/* Sends what goes: the messages that follow the echoes, and what waited. */
static void epoll_answer(const struct epoll_event *event)
{
    struct client *client = event->data.ptr;

    if (client != NULL && client_open(client) &&
        (client->armed ? (event->events & EPOLLOUT) != 0
                       : flow_want(&client->flow) > 0))
        epoll_pump(client, clock_ns());
}

static int epoll_sleep(struct engine *engine, int64_t ns, bool precise)
{
    int64_t ms = ns <= 0 ? 0 : (ns + 999999) / 1000000;

    if (precise && ns > 0 && !engine->coarse) {
        struct timespec time = {.tv_sec = (time_t)(ns / 1000000000),
                                .tv_nsec = (long)(ns % 1000000000)};
        int count = epoll_pwait2(engine->epoll, engine->events, EPOLL_EVENTS,
                                 &time, NULL);

        if (count >= 0 || errno == EINTR)
            return count;
        engine->coarse = true;
    }
    return epoll_wait(engine->epoll, engine->events, EPOLL_EVENTS, (int)ms);
}

void engine_wait(struct engine *engine, int64_t ns, bool precise)
{
    int count;

    thread_rest(engine->thread);
    count = epoll_sleep(engine, ns, precise);
    thread_wake(engine->thread);
    if (count < 0 && errno != EINTR)
        die("epoll_wait");
    for (int i = 0; i < count; i++)
        epoll_handle(engine, &engine->events[i]);
    for (int i = 0; i < count; i++)
        epoll_answer(&engine->events[i]);
}

const char *engine_timer(const struct engine *engine)
{
    return engine->coarse ? "milliseconds" : "high_resolution";
}

void engine_wake(struct engine *engine)
{
    /* Full means that it is awake already. */
    eventfd_write(engine->wake, 1);
}
