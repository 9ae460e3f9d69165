/* An echo server on epoll that can misbehave: what the load generator's tests
 * and its benchmark run against, and what stands in for iomodels-server where
 * a run has to go wrong. It speaks the server's side of harness/PROTOCOL.md;
 * what it does not measure is null.
 *
 * Faults come as options or, when somebody else makes the command line, in the
 * environment's ECHO_SERVER_FAULTS. Offsets count bytes of a connection. */
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

#include "common/args.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/json_lines.h"
#include "common/text.h"
#include "echo_report.h"

enum { EVENTS = 256, BUFFER = 65536, NEVER_MS = 3600000 };
static const uint64_t nowhere = UINT64_MAX;

struct faults {
    uint64_t wrong_byte, drop_byte, surplus_byte; /* at this offset */
    uint64_t close_after, reset_after, stall_after;
    uint64_t victim; /* only the connection accepted as this one, from 0 */
    uint64_t limit;  /* accept no more than this many */
    uint64_t leak;   /* bytes that each receive loses */
    bool refuse;     /* nobody listens on the port that is announced */
    bool no_fin;     /* the peer's FIN is not answered */
};

struct echo {
    int sock;
    uint64_t number; /* in the order of accepting */
    uint64_t echoed; /* offset of the next byte */
    uint8_t *owed;   /* what a send did not take, with its end; or NULL */
    size_t owed_at, owed_size;
    bool stalled;
};

static struct faults faults;
static struct counters counters;
static int epoll_fd, listener, stopping;
static uint8_t buffer[BUFFER + 1];
static char control_line[256];
static size_t control_length;
static uint64_t sample_ms = 200;

/* --- the protocol --------------------------------------------------------- */

enum { STOP_WORD = 1, STOP_EOF };

static void control_word(const char *word)
{
    if (strncmp(word, "mark ", 5) == 0)
        report_sample(&counters, word + 5);
    else if (strcmp(word, "stop") == 0)
        stopping = STOP_WORD;
    else
        json_lines_error(true, 0, "give mark NAME or stop",
                         "unknown word on standard input");
}

/* Not json_lines_read: the one thread here may wait only in epoll. */
static void control_read(void)
{
    char text[256];
    ssize_t got = read(STDIN_FILENO, text, sizeof text);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        stopping = STOP_EOF;
    for (ssize_t i = 0; i < got && !stopping; i++) {
        if (text[i] == '\n') {
            control_line[control_length] = '\0';
            control_length = 0;
            control_word(control_line);
        } else if (control_length + 1 < sizeof control_line) {
            control_line[control_length++] = text[i];
        }
    }
}

/* --- connections ------------------------------------------------------------
 */

static void echo_close(struct echo *e, bool reset)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (reset)
        setsockopt(e->sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(e->sock);
    counters.connections--;
    counters.closes++;
    free(e->owed);
    free(e);
}

static void echo_watch(struct echo *e, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = e};

    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, e->sock, &event) != 0)
        die("epoll_ctl");
}

/* Sends, or keeps what is not taken and reads no more until it is. False when
 * the connection is gone. */
static bool echo_send(struct echo *e, const uint8_t *data, size_t bytes)
{
    ssize_t sent = send(e->sock, data, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno != EAGAIN) {
        echo_close(e, true);
        return false;
    }
    if (sent < 0) {
        counters.blocked++;
        sent = 0;
    } else {
        counters.sends++;
        counters.send_bytes += (uint64_t)sent;
    }
    if ((size_t)sent == bytes)
        return true;
    counters.partial += sent > 0;
    e->owed_at = 0;
    e->owed_size = bytes - (size_t)sent;
    e->owed = malloc(e->owed_size);
    if (e->owed == NULL)
        die("malloc");
    memcpy(e->owed, data + sent, e->owed_size);
    echo_watch(e, EPOLLOUT);
    return true;
}

static void echo_writable(struct echo *e)
{
    ssize_t sent = send(e->sock, e->owed + e->owed_at,
                        e->owed_size - e->owed_at, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0) {
        if (errno != EAGAIN)
            echo_close(e, true);
        return;
    }
    counters.sends++;
    counters.send_bytes += (uint64_t)sent;
    e->owed_at += (size_t)sent;
    if (e->owed_at < e->owed_size)
        return;
    free(e->owed);
    e->owed = NULL;
    echo_watch(e, EPOLLIN);
}

/* --- faults ------------------------------------------------------------------
 */

static bool fault_in(const struct echo *e, uint64_t at, size_t bytes)
{
    return at != nowhere && at >= e->echoed && at < e->echoed + bytes &&
           (faults.victim == nowhere || faults.victim == e->number);
}

/* Spoils data[bytes], the echo from e->echoed on; data has room for one more.
 * Returns how many bytes are left of it. */
static size_t fault_bytes(const struct echo *e, uint8_t *data, size_t bytes)
{
    size_t changed = bytes, at;

    if (fault_in(e, faults.wrong_byte, bytes))
        data[faults.wrong_byte - e->echoed] ^= 0x55;
    if (fault_in(e, faults.drop_byte, bytes)) {
        at = (size_t)(faults.drop_byte - e->echoed);
        memmove(data + at, data + at + 1, changed - at - 1);
        changed--;
    }
    if (fault_in(e, faults.surplus_byte, bytes)) {
        at = (size_t)(faults.surplus_byte - e->echoed);
        if (at > changed)
            at = changed;
        memmove(data + at + 1, data + at, changed - at);
        data[at] = 0xaa;
        changed++;
    }
    return changed;
}

/* After all `bytes` are echoed: whether the connection goes on. */
static bool fault_end(struct echo *e, size_t bytes)
{
    /* `after` 0 is met by the first bytes. */
    if (fault_in(e, faults.stall_after - (faults.stall_after > 0), bytes)) {
        e->stalled = true;
        echo_watch(e, 0);
        return false;
    }
    if (fault_in(e, faults.reset_after - (faults.reset_after > 0), bytes)) {
        echo_close(e, true);
        return false;
    }
    if (fault_in(e, faults.close_after - (faults.close_after > 0), bytes)) {
        echo_close(e, false);
        return false;
    }
    return true;
}

static void fault_leak(void)
{
    static void *volatile lost; /* or the compiler leaves it all out */

    if (faults.leak == 0)
        return;
    lost = malloc((size_t)faults.leak);
    if (lost != NULL)
        memset(lost, 1, (size_t)faults.leak); /* so that it is resident */
}

static void echo_readable(struct echo *e)
{
    ssize_t got = recv(e->sock, buffer, BUFFER, MSG_DONTWAIT);
    size_t bytes;

    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            echo_close(e, true);
        return;
    }
    if (got == 0) {
        e->stalled = faults.no_fin;
        if (faults.no_fin)
            echo_watch(e, 0);
        else
            echo_close(e, false);
        return;
    }
    counters.recvs++;
    counters.recv_bytes += (uint64_t)got;
    fault_leak();
    bytes = fault_bytes(e, buffer, (size_t)got);
    if (fault_end(e, (size_t)got)) {
        e->echoed += (uint64_t)got;
        if (bytes > 0)
            echo_send(e, buffer, bytes);
    }
}

/* --- accepting
 * ---------------------------------------------------------------- */

static void accept_one(int sock)
{
    struct echo *e = calloc(1, sizeof *e);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = e};
    int on = 1;

    if (e == NULL)
        die("calloc");
    e->sock = sock;
    e->number = counters.accepted++;
    counters.connections++;
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, sock, &event) != 0)
        die("epoll_ctl");
}

static void accept_all(void)
{
    while (counters.accepted < faults.limit) {
        int sock = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (sock == -1)
            return;
        accept_one(sock);
    }
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, listener, NULL);
}

static struct sockaddr_in listen_at(const char *text)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    char host[64] = "";
    unsigned port = 0;
    int on = 1;

    if (sscanf(text, "%63[^:]:%u", host, &port) != 2 || port > 65535 ||
        inet_pton(AF_INET, host, &at.sin_addr) != 1) {
        complain("--listen: '%s' is not an IPv4 ADDR:PORT", text);
        exit(EXIT_BAD_INPUT);
    }
    at.sin_port = htons((uint16_t)port);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener == -1 || bind(listener, (struct sockaddr *)&at, size) != 0 ||
        (!faults.refuse && listen(listener, SOMAXCONN) != 0) ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        json_lines_error(true, error_last(), "choose another port",
                         "cannot listen");
        exit(EXIT_BAD_INPUT);
    }
    return at;
}

/* --- main
 * ---------------------------------------------------------------------- */

static void handle(const struct epoll_event *event)
{
    struct echo *e = event->data.ptr;

    if (event->data.ptr == &control_line)
        control_read();
    else if (event->data.ptr == &listener)
        accept_all();
    else if (e->stalled)
        echo_close(e, true); /* EPOLLHUP or EPOLLERR: the peer is gone */
    else if (e->owed != NULL)
        echo_writable(e);
    else
        echo_readable(e);
}

static void serve(void)
{
    struct epoll_event events[EVENTS];
    int64_t period = (int64_t)sample_ms * 1000000,
            due = counters.epoch_ns + period;

    while (!stopping) {
        int64_t left = period > 0 ? (due - clock_ns()) / 1000000 + 1 : NEVER_MS;
        int count =
            epoll_wait(epoll_fd, events, EVENTS, left > 0 ? (int)left : 0);

        for (int i = 0; i < count; i++)
            handle(&events[i]);
        if (period > 0 && clock_ns() >= due) {
            report_sample(&counters, NULL);
            due = clock_ns() + period;
        }
    }
}

static void watch(int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    /* A file cannot be waited for: its end is here already. */
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        stopping = STOP_EOF;
}

/* The command line with the words of ECHO_SERVER_FAULTS behind it. */
static void with_environment(int argc, char **argv, struct words *words)
{
    const char *text = getenv("ECHO_SERVER_FAULTS");

    for (int i = 0; i < argc; i++)
        words_add(words, argv[i]);
    if (text != NULL)
        words_split(words, text);
}

int main(int argc, char **argv)
{
    const char *model = "echo_server", *at = "127.0.0.1:0";
    static struct words words;
    uint64_t count;
    bool list = false;
    static struct arg_list many, tune;
    const struct arg args[] = {
        {"--model", ARG_TEXT, &model, 0, 0, "NAME", "the name to go by"},
        {"--listen", ARG_TEXT, &at, 0, 0, "ADDR:PORT", "where (127.0.0.1:0)"},
        {"--sample-ms", ARG_COUNT, &sample_ms, 0, 0, "N", "0: marks only"},
        {"--wrong-byte", ARG_COUNT, &faults.wrong_byte, 0, 0, "AT", "changed"},
        {"--drop-byte", ARG_COUNT, &faults.drop_byte, 0, 0, "AT", "left out"},
        {"--surplus-byte", ARG_COUNT, &faults.surplus_byte, 0, 0, "AT",
         "one more before this"},
        {"--close-after", ARG_COUNT, &faults.close_after, 0, 0, "N",
         "FIN instead of the echo that reaches N"},
        {"--reset-after", ARG_COUNT, &faults.reset_after, 0, 0, "N",
         "RST instead of it"},
        {"--stall", ARG_COUNT, &faults.stall_after, 0, 0, "N",
         "nothing any more instead of it"},
        {"--victim", ARG_COUNT, &faults.victim, 0, 0, "N",
         "only the connection accepted as this one, from 0 (all)"},
        {"--leak", ARG_SIZE, &faults.leak, 0, 0, "SIZE",
         "memory lost by each receive"},
        {"--limit", ARG_COUNT, &faults.limit, 0, 0, "N", "accept so many"},
        {"--refuse", ARG_FLAG, &faults.refuse, 0, 0, NULL, "do not listen"},
        {"--no-fin", ARG_FLAG, &faults.no_fin, 0, 0, NULL,
         "leave the peer's FIN unanswered"},
        /* What a runner may give to the real server. */
        {"--list", ARG_FLAG, &list, 0, 0, NULL, "list no models and end"},
        {"--json", ARG_FLAG, &list, 0, 0, NULL, "with --list"},
        {"--threads", ARG_COUNT, &count, 0, 0, "N", "ignored"},
        {"--max-connections", ARG_COUNT, &count, 0, 0, "N", "ignored"},
        {"--buffer", ARG_SIZE, &count, 0, 0, "SIZE", "ignored"},
        {"--backlog", ARG_COUNT, &count, 0, 0, "N", "ignored"},
        {"--sndbuf", ARG_SIZE, &count, 0, 0, "SIZE", "ignored"},
        {"--rcvbuf", ARG_SIZE, &count, 0, 0, "SIZE", "ignored"},
        {"--nodelay", ARG_COUNT, &count, 0, 0, "0|1", "ignored"},
        {"--tune", ARG_EACH, &tune, 0, 0, "NAME=VALUE", "ignored"},
        {"SERVER", ARG_EACH, &many, 0, 0, "SERVER",
         "ignored, so that this can be a launcher (--server-via)"},
        {0}};
    const struct arg_command command = {"echo_server [OPTION...]",
                                        "Echoes, or misbehaves.", args, 0};
    struct rlimit files;
    struct sockaddr_in bound;

    program_name_set("echo_server");
    json_lines_init();
    faults.wrong_byte = faults.drop_byte = faults.surplus_byte = nowhere;
    faults.close_after = faults.reset_after = faults.stall_after = nowhere;
    faults.victim = faults.limit = nowhere;
    with_environment(argc, argv, &words);
    switch (args_parse(&command, (int)words.count,
                       (char **)(uintptr_t)words.word)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    if (list) {
        puts("{\"models\":[]}");
        return 0;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    counters.epoch_ns = clock_ns();
    bound = listen_at(at);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(STDIN_FILENO, control_line);
    if (!faults.refuse)
        watch(listener, &listener);
    report_listening(model, &bound, BUFFER);
    serve();
    report_final(&counters, stopping == STOP_EOF);
    return 0;
}
