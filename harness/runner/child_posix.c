#include "runner/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "common/clock.h"
#include "common/die.h"
#include "runner/lines.h"
#include "runner/platform.h"

enum {
    CHILD_MAX = 16,       /* children of one child_wait */
    CHILD_GLANCE_MS = 50, /* how often exits are looked for */
    CHILD_KILL_MS = 5000  /* a killed process is gone well before */
};

struct child {
    pid_t pid;
    int input, output; /* -1: closed */
    struct lines lines;
    int64_t read_ns;
    bool exited, killed, ended_told;
    int status;
};

static void child_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Runs between fork and exec: only calls that are safe there. */
static void child_become(const char *path, const char *const *words, int input,
                         int output, int errors, int trouble, pid_t parent)
{
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
#else
    (void)parent;
#endif
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(errors, STDERR_FILENO) >= 0)
        execv(path, (char *const *)(uintptr_t)words);
    int error = errno;
    ssize_t told = write(trouble, &error, sizeof error);
    (void)told;
    _exit(127);
}

/* Three pipes: its input, its output, and one that exec closes. */
static bool child_pipes(int fds[6])
{
    for (int i = 0; i < 6; i++)
        fds[i] = -1;
    for (int i = 0; i < 6; i += 2)
        if (pipe2(fds + i, O_CLOEXEC) != 0)
            return false;
    return true;
}

static struct child *child_adopt(pid_t pid, int input, int output)
{
    struct child *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("calloc");
    c->pid = pid;
    c->input = input;
    c->output = output;
    fcntl(input, F_SETFL, O_NONBLOCK);
    fcntl(output, F_SETFL, O_NONBLOCK);
    return c;
}

static struct child *child_begin(const char *const *words, bool heard,
                                 char *why, size_t size)
{
    int fds[6];
    pid_t parent = getpid();
    int error = 0;
    pid_t pid = -1;
    /* Found here, since execvp hands what is no program to a shell. */
    char *path = platform_find(words[0]);
    errno = ENOENT;
    if (child_pipes(fds) && path != NULL)
        pid = fork();
    if (pid == 0)
        child_become(path, words, fds[0], fds[3],
                     heard ? fds[3] : STDERR_FILENO, fds[5], parent);
    if (pid < 0)
        error = errno;
    free(path);
    child_close(&fds[0]);
    child_close(&fds[3]);
    child_close(&fds[5]);
    if (pid > 0) {
        setpgid(pid, pid);
        ssize_t got;
        do
            got = read(fds[4], &error, sizeof error);
        while (got < 0 && errno == EINTR);
        if (got > 0)
            waitpid(pid, NULL, 0);
    }
    child_close(&fds[4]);
    if (error == 0)
        return child_adopt(pid, fds[1], fds[2]);
    child_close(&fds[1]);
    child_close(&fds[2]);
    char text[128];
    snprintf(why, size, "cannot start %s: error %d, %s (%s)", words[0], error,
             error_name((uint32_t)error),
             error_text((uint32_t)error, text, sizeof text));
    return NULL;
}

struct child *child_start(const char *const *words, char *why, size_t size)
{
    return child_begin(words, false, why, size);
}

struct child *child_start_heard(const char *const *words, char *why,
                                size_t size)
{
    return child_begin(words, true, why, size);
}

static bool child_reap(struct child *c)
{
    if (!c->exited && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
        c->exited = true;
    return c->exited;
}

bool child_wait_exit(struct child *c, int64_t deadline_ns)
{
    uint32_t pause = 1;
    while (!child_reap(c)) {
        if (clock_ns() >= deadline_ns)
            return false;
        clock_sleep_ms(pause);
        if (pause < 20)
            pause *= 2;
    }
    return true;
}

void child_kill(struct child *c)
{
    if (child_reap(c))
        return;
    c->killed = true;
    kill(-c->pid, SIGKILL);
    kill(c->pid, SIGKILL);
    child_wait_exit(c, clock_ns() + CHILD_KILL_MS * INT64_C(1000000));
}

void child_free(struct child *c)
{
    if (c == NULL)
        return;
    child_kill(c);
    child_close(&c->input);
    child_close(&c->output);
    lines_free(&c->lines);
    free(c);
}

bool child_write(struct child *c, const char *line)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (c->input < 0 || length < 0 || (size_t)length >= sizeof text)
        return false;
    ssize_t sent;
    do
        sent = write(c->input, text, (size_t)length);
    while (sent < 0 && errno == EINTR);
    return sent == length; /* so short a write to a pipe is whole or fails */
}

void child_close_input(struct child *c)
{
    child_close(&c->input);
}

/* Takes what is there now. */
static void child_read(struct child *c)
{
    size_t room;
    char *to = lines_room(&c->lines, &room);
    ssize_t got;
    do
        got = read(c->output, to, room);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        c->read_ns = clock_ns();
        lines_added(&c->lines, (size_t)got);
    } else if (got == 0 || errno != EAGAIN || c->exited) {
        /* Once it has exited, something it started may still hold the pipe, as
         * Wine's own services do. */
        child_close(&c->output);
    }
}

static bool child_has_news(struct child *c, struct child_event *event,
                           enum child_news *news)
{
    if (c == NULL || c->ended_told)
        return false;
    event->child = c;
    event->when_ns = c->read_ns;
    event->line = lines_next(&c->lines);
    *news = CHILD_LINE;
    if (event->line != NULL)
        return true;
    if (c->output >= 0)
        return false;
    event->line = lines_rest(&c->lines);
    if (event->line != NULL)
        return true;
    *news = CHILD_ENDED;
    event->when_ns = clock_ns();
    c->ended_told = true;
    return true;
}

/* One wait for any output, an interrupt or the time of a glance. */
static void child_poll(struct child *const *children, size_t count,
                       int64_t left_ns)
{
    struct pollfd fds[CHILD_MAX + 1];
    struct child *owners[CHILD_MAX];
    nfds_t used = 0;
    for (size_t i = 0; i < count && used < CHILD_MAX; i++) {
        if (children[i] == NULL || children[i]->output < 0)
            continue;
        owners[used] = children[i];
        fds[used].fd = children[i]->output;
        fds[used++].events = POLLIN;
    }
    nfds_t outputs = used;
    if (interrupt_fd() >= 0) {
        fds[used].fd = interrupt_fd();
        fds[used++].events = POLLIN;
    }
    int64_t ms = left_ns / 1000000 + 1;
    if (ms > CHILD_GLANCE_MS)
        ms = CHILD_GLANCE_MS;
    if (poll(fds, used, (int)ms) < 0 && errno != EINTR)
        die("poll");
    for (nfds_t i = 0; i < outputs; i++) {
        bool gone = child_reap(owners[i]);
        if (fds[i].revents != 0 || gone)
            child_read(owners[i]);
    }
}

enum child_news child_wait(struct child *const *children, size_t count,
                           int64_t deadline_ns, struct child_event *event)
{
    static unsigned interrupts_told;
    for (;;) {
        if (interrupts_told != interrupt_count()) {
            interrupts_told = interrupt_count();
            return CHILD_INTERRUPTED;
        }
        enum child_news news;
        for (size_t i = 0; i < count; i++)
            if (child_has_news(children[i], event, &news))
                return news;
        int64_t left = deadline_ns - clock_ns();
        if (left <= 0)
            return CHILD_TIMED_OUT;
        child_poll(children, count, left);
    }
}

bool child_exited_with(struct child *c, uint32_t code)
{
    return child_reap(c) && WIFEXITED(c->status) &&
           (uint32_t)WEXITSTATUS(c->status) == code;
}

char *child_exit_show(struct child *c, char *text, size_t size)
{
    if (!child_reap(c))
        snprintf(text, size, "still running");
    else if (WIFEXITED(c->status))
        snprintf(text, size, "exit code %d", WEXITSTATUS(c->status));
    else if (c->killed)
        snprintf(text, size, "killed by the runner");
    else
        snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(c->status),
                 strsignal(WTERMSIG(c->status)));
    return text;
}
