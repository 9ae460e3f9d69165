/* The floor of the load generator's cost: an epoll loop that receives and
 * sends the same bytes again, without verifying, timing or counting more than
 * its round trips. Prints {"round_trips":..,"cpu_us":..} of the measured
 * time. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { EVENTS = 256, BUFFER = 65536 };

static volatile sig_atomic_t over;
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

static void ring(int signal_number)
{
    (void)signal_number;
    over = 1;
}

static void connect_one(struct floor *f, int epoll, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};
    int on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->sock = socket(AF_INET, SOCK_STREAM, 0);
    if (f->sock == -1 ||
        connect(f->sock, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect");
    setsockopt(f->sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, f->sock, &event) != 0)
        fail("epoll_ctl");
}

static void send_one(const struct floor *f, size_t bytes)
{
    if (send(f->sock, message, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) !=
        (ssize_t)bytes)
        fail("send");
}

static uint64_t echo_until_over(int epoll, size_t bytes)
{
    struct epoll_event events[EVENTS];
    uint64_t trips = 0;

    while (!over) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            struct floor *f = events[i].data.ptr;
            ssize_t got = recv(f->sock, inbox, sizeof inbox, MSG_DONTWAIT);

            if (got <= 0)
                fail("recv");
            f->got += (size_t)got;
            if (f->got == bytes) {
                f->got = 0;
                trips++;
                send_one(f, bytes);
            }
        }
    }
    return trips;
}

static uint64_t cpu_us(void)
{
    struct rusage self;

    getrusage(RUSAGE_SELF, &self);
    return (uint64_t)(self.ru_utime.tv_sec + self.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(self.ru_utime.tv_usec + self.ru_stime.tv_usec);
}

static uint64_t echo_for(int epoll, size_t bytes, double seconds)
{
    struct itimerval timer = {0};

    timer.it_value.tv_sec = (time_t)seconds;
    timer.it_value.tv_usec =
        (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6);
    over = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
    return echo_until_over(epoll, bytes);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = ring};
    struct floor *floors;
    size_t connections, bytes;
    uint64_t used, trips;
    int epoll = epoll_create1(0);

    if (argc != 6) {
        fprintf(stderr,
                "usage: load_floor PORT CONNECTIONS BYTES WARMUP SECONDS\n");
        return 2;
    }
    connections = strtoul(argv[2], NULL, 10);
    bytes = strtoul(argv[3], NULL, 10);
    floors = calloc(connections, sizeof *floors);
    if (floors == NULL || bytes == 0 || bytes > sizeof message)
        fail("calloc");
    sigaction(SIGALRM, &action, NULL);
    for (size_t i = 0; i < connections; i++)
        connect_one(&floors[i], epoll, (uint16_t)strtoul(argv[1], NULL, 10));
    for (size_t i = 0; i < connections; i++)
        send_one(&floors[i], bytes);
    echo_for(epoll, bytes, strtod(argv[4], NULL));
    used = cpu_us();
    trips = echo_for(epoll, bytes, strtod(argv[5], NULL));
    used = cpu_us() - used;
    printf("{\"round_trips\":%llu,\"cpu_us\":%llu}\n",
           (unsigned long long)trips, (unsigned long long)used);
    free(floors);
    close(epoll);
    return 0;
}
