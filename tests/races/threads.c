/* threads: what a server's threads share (slots, counters, the stop),
 * used by all of them at once, for a program that watches every access. The
 * sources are the server's own; below them stand the system's sockets and
 * threads instead of Windows'. Exit code 0 when all sums agree.
 *
 * Built with RACES_ON_PURPOSE several threads use one connection at a time,
 * which model.h forbids: that must be found, or nothing that is not found means
 * anything. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "server/host.h"

enum {
    THREADS_SERVERS = 4,
    THREADS_CLIENTS = 2,
    THREADS_CONNECTS = 1500, /* of each client */
    THREADS_LIMIT = 24,      /* connections; some are refused above it */
    THREADS_HELD = 5,        /* by each server at once */
    THREADS_STOPPERS = 3,
    THREADS_BUFFER = 512
};

#ifdef RACES_ON_PURPOSE
enum { THREADS_ON_PURPOSE = 1 };
#else
enum { THREADS_ON_PURPOSE = 0 };
#endif

static struct host host;
static struct conn threads_shared; /* on purpose */
static pthread_mutex_t inbox_lock = PTHREAD_MUTEX_INITIALIZER;
static struct conn *inbox[THREADS_LIMIT]; /* handed from thread to thread */
static size_t inbox_count;

struct expected {
    uint64_t accepted, received, sent, failed, blocked, refused;
};

struct server_thread {
    pthread_t id;
    unsigned number;
    struct expected expected;
    struct thread_stats *stats;
    struct conn *held[THREADS_HELD];
    size_t held_count;
};

static void threads_check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "threads: %s\n", what);
    exit(EXIT_FAILURE);
}

static void threads_spawn(pthread_t *id, void *(*run)(void *), void *arg)
{
    threads_check(pthread_create(id, NULL, run, arg) == 0, "pthread_create");
}

static void threads_await(pthread_t id)
{
    threads_check(pthread_join(id, NULL) == 0, "pthread_join");
}

static struct conn *threads_inbox_take(void)
{
    pthread_mutex_lock(&inbox_lock);
    struct conn *c = inbox_count > 0 ? inbox[--inbox_count] : NULL;
    pthread_mutex_unlock(&inbox_lock);
    return c;
}

static bool threads_inbox_put(struct conn *c)
{
    pthread_mutex_lock(&inbox_lock);
    bool room = inbox_count < THREADS_LIMIT;
    if (room)
        inbox[inbox_count++] = c;
    pthread_mutex_unlock(&inbox_lock);
    return room;
}

/* One message: received, sent in two parts, the buffer its own throughout. */
static void threads_echo(struct server_thread *t, struct conn *c)
{
    const DWORD bytes = 1 + (t->number * 37 + c->slot) % THREADS_BUFFER;
    threads_check(c->want == CONN_RECV && c->io.len == THREADS_BUFFER,
                  "a connection between messages wants a whole buffer");
    memset(c->io.buf, (int)t->number + 1, bytes);
    threads_check(conn_advance(t->stats, c, bytes) == CONN_SEND, "to send");
    t->expected.received += bytes;
    conn_blocked(t->stats, c);
    t->expected.blocked++;
    for (DWORD left = bytes; left > 0; left -= (left + 1) / 2) {
        threads_check(c->io.len == left && c->io.buf[0] == (int)t->number + 1 &&
                          c->io.buf[left - 1] == (int)t->number + 1,
                      "another thread wrote into this connection's buffer");
        conn_advance(t->stats, c, (left + 1) / 2);
    }
    t->expected.sent += bytes;
}

static void threads_end(struct server_thread *t, struct conn *c)
{
    if (c->slot % 3 == 0) {
        conn_fail(t->stats, c, 5000 + c->slot % 11);
        t->expected.failed++;
    }
    conn_close(t->stats, c);
}

static void threads_renew_stats(struct server_thread *t)
{
    thread_stats_close(t->stats);
    t->stats = thread_stats_open(&host.srv);
    threads_check(t->stats != NULL, "thread_stats_open");
}

/* What becomes of a new connection depends on its number. */
static void threads_open(struct server_thread *t, SOCKET sock, unsigned number)
{
    struct conn *c = conn_open(t->stats, sock);
    if (!c) /* counted by the harness, by name */
        return;
    threads_echo(t, c);
    if (number % 13 == 5) {
        conn_refuse(t->stats, c, 6001);
        t->expected.refused++;
    } else if (number % 2 != 0 || !threads_inbox_put(c)) {
        t->held[t->held_count++] = c;
    }
}

static void threads_serve(struct server_thread *t, SOCKET sock, unsigned number)
{
    if (number % 17 == 3) {
        socket_refuse(t->stats, sock, 6000);
        t->expected.refused++;
    } else {
        threads_open(t, sock, number);
    }
    struct conn *other = threads_inbox_take();
    if (other) {
        threads_echo(t, other);
        threads_end(t, other);
    }
    if (t->held_count == THREADS_HELD)
        while (t->held_count > 0)
            threads_end(t, t->held[--t->held_count]);
}

static void *threads_server(void *arg)
{
    struct server_thread *t = arg;
    for (unsigned i = 0; !server_stopping(&host.srv); i++) {
        SOCKET sock = accept(host.srv.listener, NULL, NULL);
        threads_check(sock != INVALID_SOCKET, "accept");
        threads_serve(t, sock, i);
        if (THREADS_ON_PURPOSE)
            conn_blocked(t->stats, &threads_shared);
        if (i % 50 == 49)
            threads_renew_stats(t);
    }
    while (t->held_count > 0)
        threads_end(t, t->held[--t->held_count]);
    return NULL;
}

static void *threads_client(void *arg)
{
    struct sockaddr_storage to;
    int length = listener_local(host.srv.listener, &to);
    uint64_t *made = arg;
    for (int i = 0; i < THREADS_CONNECTS; i++) {
        SOCKET s = WSASocketW(to.ss_family, SOCK_STREAM, 0, NULL, 0, 0);
        threads_check(connect(s, (struct sockaddr *)&to, length) == 0,
                      "connect");
        ++*made;
        closesocket(s);
    }
    return NULL;
}

/* Reads all counts over and over, as the sampler does. */
static void *threads_sampler(void *arg)
{
    uint64_t sum[COUNT_KINDS], before = 0;
    (void)arg;
    while (!server_stopping(&host.srv)) {
        stats_counts(&host.stats, sum);
        threads_check(sum[COUNT_SEND_BYTES] <= sum[COUNT_RECV_BYTES],
                      "more was sent than received");
        threads_check(sum[COUNT_CLOSES] <= sum[COUNT_OPENS],
                      "a close without its open");
        threads_check(sum[COUNT_RECV_BYTES] >= before, "a count went back");
        threads_check(server_slots_used(&host.srv) <= THREADS_LIMIT,
                      "more slots than the limit");
        before = sum[COUNT_RECV_BYTES];
    }
    stop_wake(&host);
    return NULL;
}

static void *threads_stopper(void *arg)
{
    *(bool *)arg = stop_request(&host, "stop");
    return NULL;
}

/* Clients are not all through: the stop comes upon full traffic. */
static void threads_await_traffic(void)
{
    uint64_t sum[COUNT_KINDS];
    do
        stats_counts(&host.stats, sum);
    while (sum[COUNT_OPENS] < THREADS_CLIENTS * THREADS_CONNECTS / 2);
}

/* What came too late for the servers is refused, the wake-up connections
 * uncounted. */
static void threads_drain(struct thread_stats *stats)
{
    u_long on = 1;
    threads_check(ioctlsocket(host.srv.listener, FIONBIO, &on) == 0,
                  "ioctlsocket");
    for (;;) {
        SOCKET sock = accept(host.srv.listener, NULL, NULL);
        if (sock == INVALID_SOCKET)
            return;
        threads_check(conn_open(stats, sock) == NULL, "opened after the stop");
    }
}

static uint64_t threads_errors(const struct error_counts *sum, DWORD first,
                               DWORD last)
{
    uint64_t count = sum->other;
    for (uint32_t i = 0; i < sum->used; i++)
        if (sum->entry[i].code >= first && sum->entry[i].code <= last)
            count += sum->entry[i].count;
    return count;
}

static void threads_sums(const struct server_thread *servers, uint64_t made)
{
    uint64_t sum[COUNT_KINDS];
    struct expected all = {0};
    for (int i = 0; i < THREADS_SERVERS; i++) {
        const struct expected *e = &servers[i].expected;
        all.received += e->received;
        all.sent += e->sent;
        all.failed += e->failed;
        all.blocked += e->blocked;
        all.refused += e->refused;
    }
    stats_counts(&host.stats, sum);
    threads_check(sum[COUNT_RECV_BYTES] == all.received, "recv_bytes");
    threads_check(sum[COUNT_SEND_BYTES] == all.sent, "send_bytes");
    threads_check(sum[COUNT_BLOCKED_SENDS] == all.blocked, "blocked_sends");
    threads_check(sum[COUNT_OPENS] == sum[COUNT_CLOSES], "opens and closes");
    threads_check(sum[COUNT_OPENS] > 0, "nothing was opened");
    threads_check(sum[COUNT_OPENS] + sum[COUNT_REFUSED] == made,
                  "accepted is not what clients made");
    threads_check(threads_errors(&host.stats.errors, 5000, 5010) == all.failed,
                  "errors by name");
    threads_check(threads_errors(&host.stats.refusals, 6000, 6001) ==
                      all.refused,
                  "refusals by name");
    threads_check(threads_errors(&host.stats.refusals, 0, UINT32_MAX) ==
                      sum[COUNT_REFUSED],
                  "refusals by name and refused");
    threads_check(host.slots.conn_list.free_count == host.slots.conn_list.used,
                  "a slot is lost");
    for (uint32_t i = 0; i < server_slots_used(&host.srv); i++)
        threads_check(server_conn(&host.srv, i) == NULL, "a slot is taken");
}

static const struct io_model threads_model = {.name = "threads"};

static void threads_host(void)
{
    host.model = &threads_model;
    host.options = (struct host_options){.nodelay = 1,
                                         .sndbuf = HOST_AS_IS,
                                         .rcvbuf = HOST_AS_IS,
                                         .buffer_offset = HOST_AS_IS,
                                         .backlog = UINT16_MAX};
    host.srv.buffer_size = THREADS_BUFFER;
    host.srv.outstanding = 1;
    host.srv.max_conns = THREADS_LIMIT;
    host.options.guard = true;
    threads_check(host_open(&host, sizeof(struct conn)) &&
                      listener_parse("127.0.0.1:0", &host.address) &&
                      listener_open(&host),
                  "the host cannot be set up");
    stop_open(&host);
}

static void threads_stop(void)
{
    pthread_t ids[THREADS_STOPPERS];
    bool first[THREADS_STOPPERS];
    int firsts = 0;
    for (int i = 0; i < THREADS_STOPPERS; i++)
        threads_spawn(&ids[i], threads_stopper, &first[i]);
    for (int i = 0; i < THREADS_STOPPERS; i++) {
        threads_await(ids[i]);
        firsts += first[i];
    }
    threads_check(firsts == 1 && strcmp(host.stopped_by, "stop") == 0,
                  "several were the first to ask for the stop");
}

int main(void)
{
    static struct server_thread servers[THREADS_SERVERS];
    pthread_t clients[THREADS_CLIENTS], sampler;
    uint64_t made[THREADS_CLIENTS] = {0}, all_made = 0;
    threads_host();
    for (unsigned i = 0; i < THREADS_SERVERS; i++) {
        servers[i].number = i;
        servers[i].stats = thread_stats_open(&host.srv);
        threads_spawn(&servers[i].id, threads_server, &servers[i]);
    }
    threads_spawn(&sampler, threads_sampler, NULL);
    for (int i = 0; i < THREADS_CLIENTS; i++)
        threads_spawn(&clients[i], threads_client, &made[i]);
    threads_await_traffic();
    threads_stop();
    for (int i = 0; i < THREADS_CLIENTS; i++) {
        threads_await(clients[i]);
        all_made += made[i];
    }
    for (int i = 0; i < THREADS_SERVERS; i++)
        threads_await(servers[i].id);
    for (struct conn *c = threads_inbox_take(); c; c = threads_inbox_take())
        threads_end(&servers[0], c);
    threads_drain(servers[0].stats);
    stop_done(&host);
    threads_await(sampler);
    for (int i = 0; i < THREADS_SERVERS; i++)
        thread_stats_close(servers[i].stats);
    threads_sums(servers, all_made);
    puts("all sums agree");
    return EXIT_SUCCESS;
}
