/* The floor of what a connection costs the load generator until it counts as
 * connected: a loop of non-blocking connects, so many under way at once, each
 * from a given address and with one message and its echo, without verifying,
 * timing or counting. Prints {"seconds":..,"cpu_us":..}. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, BUFFER = 65536 };

static char message[BUFFER], inbox[BUFFER];

struct floor {
    int sock;
    size_t got;
};

static void fail(const char *call)
{
    perror(call);
    exit(1);
}

static void begin(struct floor *f, int epoll, const struct sockaddr_in *from,
                  uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = f};
    int on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (f->sock == -1)
        fail("socket");
    setsockopt(f->sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(f->sock, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(f->sock, (const struct sockaddr *)from, sizeof *from) != 0)
        fail("bind");
    if (connect(f->sock, (struct sockaddr *)&to, sizeof to) != 0 &&
        errno != EINPROGRESS)
        fail("connect");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, f->sock, &event) != 0)
        fail("epoll_ctl");
}

static void connected(struct floor *f, int epoll, size_t bytes)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(f->sock, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
        error != 0)
        fail("SO_ERROR");
    if (send(f->sock, message, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        fail("send");
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, f->sock, &event) != 0)
        fail("epoll_ctl");
}

/* Whether the whole echo is here. */
static int echoed(struct floor *f, size_t bytes)
{
    ssize_t got = recv(f->sock, inbox, sizeof inbox, 0);

    if (got <= 0)
        fail("recv");
    f->got += (size_t)got;
    return f->got == bytes;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t cpu_us(void)
{
    struct rusage self;

    getrusage(RUSAGE_SELF, &self);
    return (uint64_t)(self.ru_utime.tv_sec + self.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(self.ru_utime.tv_usec + self.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct epoll_event events[EVENTS];
    struct floor *floors;
    size_t connections, bytes, window, begun = 0, over = 0;
    uint16_t port;
    uint64_t used;
    double seconds;
    int epoll = epoll_create1(0);

    if (argc != 6 || inet_pton(AF_INET, argv[5], &from.sin_addr) != 1) {
        fprintf(stderr, "usage: connect_floor PORT CONNECTIONS BYTES WINDOW "
                        "ADDRESS\n");
        return 2;
    }
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    connections = strtoul(argv[2], NULL, 10);
    bytes = strtoul(argv[3], NULL, 10);
    window = strtoul(argv[4], NULL, 10);
    floors = calloc(connections, sizeof *floors);
    if (floors == NULL || bytes == 0 || bytes > sizeof message)
        fail("calloc");
    used = cpu_us();
    seconds = now();
    while (over < connections) {
        int count;

        while (begun < connections && begun - over < window)
            begin(&floors[begun++], epoll, &from, port);
        count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct floor *f = events[i].data.ptr;

            if (events[i].events & EPOLLOUT)
                connected(f, epoll, bytes);
            else
                over += (size_t)echoed(f, bytes);
        }
    }
    seconds = now() - seconds;
    used = cpu_us() - used;
    printf("{\"seconds\":%.6f,\"cpu_us\":%llu}\n", seconds,
           (unsigned long long)used);
    for (size_t i = 0; i < connections; i++) {
        /* By a reset, so that no port stays in TIME_WAIT. */
        struct linger reset = {.l_onoff = 1, .l_linger = 0};

        setsockopt(floors[i].sock, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(floors[i].sock);
    }
    free(floors);
    close(epoll);
    return 0;
}
