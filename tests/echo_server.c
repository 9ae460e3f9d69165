/* An echo server on epoll that can misbehave: what stands in for
 * iomodels-server where a run has to go wrong, and what the load generator's
 * benchmark runs against. It speaks the server's side of harness/PROTOCOL.md;
 * what it does not measure is not there.
 *
 * Faults come as options or, when somebody else makes the command line, in the
 * environment's ECHO_SERVER_FAULTS. All other options are ignored, so that it
 * takes the real server's place. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "common/text.h"

enum { EVENTS = 256, BUFFER = 65536, NEVER_MS = 3600000, LINE = 256 };

/* Offsets count bytes of a connection; UINT64_MAX: never. */
static uint64_t wrong_byte = UINT64_MAX;  /* the byte that is changed */
static uint64_t stall_after = UINT64_MAX; /* not a byte more from there on */
static uint64_t reset_after = UINT64_MAX; /* an RST instead */
static uint64_t victim = UINT64_MAX; /* only the connection accepted as this */
static uint64_t leak;                /* bytes that each receive loses */
static uint64_t refuse;              /* 1: nobody listens on the port */
static uint64_t sample_ms = 200;     /* 0: none but those asked for */
static uint64_t service_us;          /* that each message takes in all */
static uint64_t service_bytes = 64;  /* of a message, for that */

static const struct {
    const char *name;
    uint64_t *value;
} options[] = {{"--wrong-byte", &wrong_byte},
               {"--stall", &stall_after},
               {"--reset-after", &reset_after},
               {"--victim", &victim},
               {"--leak", &leak},
               {"--refuse", &refuse},
               {"--service-us", &service_us},
               {"--service-bytes", &service_bytes},
               {"--sample-ms", &sample_ms}};

struct echo {
    int sock;
    uint64_t number; /* in the order of accepting */
    uint64_t echoed; /* offset of the next byte */
    uint8_t *owed;   /* what a send did not take; or NULL */
    size_t owed_at, owed_size;
    bool stalled;
};

static const char *model = "echo_server", *listen_text = "127.0.0.1:0";
static int64_t epoch_ns;
static int epoll_fd, listener;
static const char *stopped_by; /* NULL: go on */

/* --- the protocol -------------------------------------------------------- */

enum {
    CONNECTIONS,
    ACCEPTED,
    OPENS,
    CLOSES,
    REFUSED,
    RECV_BYTES,
    SEND_BYTES,
    RECVS,
    SENDS,
    PARTIAL,
    BLOCKED,
    THREADS,
    COUNTS
};

static uint64_t counts[COUNTS] = {[THREADS] = 1};
static const char *const count_names[COUNTS] = {
    "connections", "accepted",      "opens",         "closes",
    "refused",     "recv_bytes",    "send_bytes",    "recvs",
    "sends",       "partial_sends", "blocked_sends", "threads"};

static uint64_t report_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static uint64_t report_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size, resident = 0;

    if (file != NULL && fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    if (file != NULL)
        fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The line of an event, with a text under another name; to be written. */
static cJSON *report_event(const char *event, const char *name,
                           const char *text)
{
    cJSON *line = cJSON_CreateObject();

    cJSON_AddStringToObject(line, "event", event);
    if (text != NULL)
        cJSON_AddStringToObject(line, name, text);
    return line;
}

static cJSON *report_metrics(cJSON *line)
{
    struct rusage self;

    getrusage(RUSAGE_SELF, &self);
    json_add_count(line, "t_us", (uint64_t)(clock_ns() - epoch_ns) / 1000);
    for (size_t i = 0; i < COUNTS; i++)
        json_add_count(line, count_names[i], counts[i]);
    json_add_count(line, "user_us", report_us(self.ru_utime));
    json_add_count(line, "kernel_us", report_us(self.ru_stime));
    json_add_count(line, "working_set_bytes", report_resident());
    return line;
}

static void report_listening(uint16_t port)
{
    cJSON *line = report_event("listening", "model", model);

    cJSON_AddStringToObject(line, "address", "127.0.0.1");
    json_add_count(line, "port", port);
    json_add_count(line, "protocol", 1);
    json_add_count(line, "pid", (uint64_t)getpid());
    json_add_count(line, "threads", 1);
    json_add_count(line, "buffer_bytes", BUFFER);
    cJSON_AddNullToObject(line, "max_connections");
    cJSON_AddObjectToObject(line, "tuning");
    cJSON_AddObjectToObject(line, "socket");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(line, "machine"), "os",
                            "Linux");
    cJSON_AddObjectToObject(line, "unknown");
    json_lines_write(line);
}

static void report_sample(const char *mark)
{
    json_lines_write(report_metrics(report_event("sample", "mark", mark)));
}

static void report_final(void)
{
    cJSON *line = report_event("final", "stopped_by", stopped_by);

    report_metrics(line);
    cJSON_AddObjectToObject(line, "errors");
    cJSON_AddObjectToObject(line, "refusals");
    json_lines_write(line);
}

/* Not json_lines_read: the one thread here may wait only in epoll. */
static void control_read(void)
{
    static struct lines lines;
    char text[LINE];
    const char *line;
    ssize_t got = read(STDIN_FILENO, text, sizeof text);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        stopped_by = "eof";
    if (got > 0)
        lines_add(&lines, text, (size_t)got);
    while (stopped_by == NULL) {
        line = lines_next(&lines);
        if (line == NULL)
            return;
        if (strncmp(line, "mark ", 5) == 0)
            report_sample(line + 5);
        else if (strcmp(line, "stop") == 0)
            stopped_by = "stop";
    }
}

/* --- connections --------------------------------------------------------- */

static void echo_close(struct echo *e, bool reset)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (reset)
        setsockopt(e->sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(e->sock);
    counts[CONNECTIONS]--;
    counts[CLOSES]++;
    free(e->owed);
    free(e);
}

static void echo_watch(struct echo *e, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = e};

    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, e->sock, &event) != 0)
        die("epoll_ctl");
}

/* Sends; keeps what is not taken and reads no more until it is. */
static void echo_send(struct echo *e, const uint8_t *data, size_t bytes)
{
    ssize_t sent = send(e->sock, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno != EAGAIN) {
        echo_close(e, true);
        return;
    }
    counts[sent < 0 ? BLOCKED : SENDS]++;
    if (sent < 0)
        sent = 0;
    counts[SEND_BYTES] += (uint64_t)sent;
    e->owed_at += (size_t)sent;
    if ((size_t)sent == bytes) {
        if (e->owed != NULL)
            echo_watch(e, EPOLLIN);
        free(e->owed);
        e->owed = NULL;
    } else if (e->owed == NULL) {
        counts[PARTIAL] += sent > 0;
        e->owed_at = 0;
        e->owed_size = bytes - (size_t)sent;
        e->owed = malloc(e->owed_size);
        if (e->owed == NULL)
            die("malloc");
        memcpy(e->owed, data + sent, e->owed_size);
        echo_watch(e, EPOLLOUT);
    }
}

/* Whether the bytes that came reach this offset; 0 is met by the first. */
static bool fault_in(const struct echo *e, uint64_t at, size_t bytes)
{
    return at != UINT64_MAX && at >= e->echoed && at < e->echoed + bytes &&
           (victim == UINT64_MAX || victim == e->number);
}

static void fault_leak(void)
{
    static void *volatile lost; /* or the compiler leaves it all out */

    lost = malloc((size_t)leak);
    if (lost != NULL)
        memset(lost, 1, (size_t)leak); /* so that it is resident */
}

static void echo_stall(struct echo *e)
{
    e->stalled = true;
    echo_watch(e, 0);
}

/* The one thread is busy with a message until then: what comes meanwhile waits
 * in the order of its coming. A message after a pause begins when it is seen.
 */
static int64_t free_ns;

static void service(size_t bytes)
{
    free_ns += (int64_t)(service_us * 1000 * bytes / service_bytes);
    while (clock_ns() < free_ns)
        ;
}

static void echo_readable(struct echo *e)
{
    static uint8_t buffer[BUFFER];
    /* A message at a time, so that each is answered when its own time is over.
     */
    size_t most = service_us > 0
                      ? (size_t)(service_bytes - e->echoed % service_bytes)
                      : BUFFER;
    ssize_t got = recv(e->sock, buffer, most, MSG_DONTWAIT);
    size_t bytes = got > 0 ? (size_t)got : 0;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        echo_close(e, got < 0);
        return;
    }
    counts[RECVS]++;
    counts[RECV_BYTES] += bytes;
    if (leak > 0)
        fault_leak();
    if (service_us > 0)
        service(bytes);
    if (fault_in(e, wrong_byte, bytes))
        buffer[wrong_byte - e->echoed] ^= 0x55;
    if (fault_in(e, stall_after - (stall_after > 0), bytes)) {
        echo_stall(e);
    } else if (fault_in(e, reset_after - (reset_after > 0), bytes)) {
        echo_close(e, true);
    } else {
        e->echoed += bytes;
        echo_send(e, buffer, bytes);
    }
}

static void accept_all(void)
{
    int sock, on = 1;

    while ((sock = accept4(listener, NULL, NULL,
                           SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
        struct echo *e = calloc_or_die(1, sizeof *e);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = e};

        e->sock = sock;
        e->number = counts[ACCEPTED]++;
        counts[OPENS]++;
        counts[CONNECTIONS]++;
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, sock, &event) != 0)
            die("epoll_ctl");
    }
}

/* Returns the port. */
static uint16_t listen_at(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    const char *colon = strrchr(listen_text, ':');
    char host[INET_ADDRSTRLEN];
    int on = 1;

    snprintf(host, sizeof host, "%.*s", (int)strcspn(listen_text, ":"),
             listen_text);
    if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port =
        htons((uint16_t)(colon != NULL ? strtoul(colon + 1, NULL, 10) : 0));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener == -1 || bind(listener, (struct sockaddr *)&at, size) != 0 ||
        (!refuse && listen(listener, SOMAXCONN) != 0) ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        json_lines_error(true, error_last(), "choose another port",
                         "cannot listen");
        exit(EXIT_BAD_INPUT);
    }
    return ntohs(at.sin_port);
}

/* --- main ---------------------------------------------------------------- */

static void handle(const struct epoll_event *event)
{
    struct echo *e = event->data.ptr;

    if (event->data.ptr == &stopped_by)
        control_read();
    else if (event->data.ptr == &listener)
        accept_all();
    else if (e->stalled)
        echo_close(e, true); /* EPOLLHUP or EPOLLERR: the peer is gone */
    else if (e->owed != NULL)
        echo_send(e, e->owed + e->owed_at, e->owed_size - e->owed_at);
    else
        echo_readable(e);
}

static void serve(void)
{
    struct epoll_event events[EVENTS];
    int64_t period = (int64_t)sample_ms * 1000000, due = epoch_ns + period;

    while (stopped_by == NULL) {
        int64_t left = period > 0 ? (due - clock_ns()) / 1000000 + 1 : NEVER_MS;
        int count =
            service_us > 0 ? epoll_wait(epoll_fd, events, EVENTS, 0) : 0;

        if (count == 0) {
            count =
                epoll_wait(epoll_fd, events, EVENTS, left > 0 ? (int)left : 0);
            free_ns = clock_ns();
        }

        for (int i = 0; i < count; i++)
            handle(&events[i]);
        if (period > 0 && clock_ns() >= due) {
            report_sample(NULL);
            due = clock_ns() + period;
        }
    }
}

static void watch(int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    /* A file cannot be waited for: its end is here already. */
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        stopped_by = "eof";
}

static void option(const char *name, const char *value)
{
    if (strcmp(name, "--list") == 0) {
        /* "iocp:why": a model that it cannot run. */
        const char *missing = getenv("ECHO_SERVER_MISSING");
        const size_t name_length = missing ? strcspn(missing, ":") : 0;
        if (missing != NULL)
            printf("{\"models\":[{\"name\":\"%.*s\",\"missing\":\"%s\"}]}\n",
                   (int)name_length, missing, missing + name_length + 1);
        else
            puts("{\"models\":[]}");
        exit(EXIT_SUCCESS);
    }
    if (value == NULL)
        return;
    if (strcmp(name, "--model") == 0)
        model = value;
    if (strcmp(name, "--listen") == 0)
        listen_text = value;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(name, options[i].name) == 0)
            *options[i].value = strtoull(value, NULL, 10);
}

int main(int argc, char **argv)
{
    char *text = getenv("ECHO_SERVER_FAULTS"), *name, *value;
    struct rlimit files;

    program_name_set("echo_server");
    json_lines_init();
    for (int i = 1; i < argc; i++)
        option(argv[i], argv[i + 1]);
    for (name = text != NULL ? strtok(text, " ") : NULL; name != NULL;
         name = value) {
        value = strtok(NULL, " ");
        option(name, value);
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    epoch_ns = clock_ns();
    uint16_t port = listen_at();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(STDIN_FILENO, &stopped_by);
    if (!refuse)
        watch(listener, &listener);
    report_listening(port);
    serve();
    report_final();
    return 0;
}
