#include "common/process.h"
#include "common/process_os.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"

enum {
    PROCESS_LOOK_MS = 50, /* how often exits are looked for */
    PROCESS_READ_BYTES = 64 * 1024
};

struct process_os {
    pid_t pid;
    int input, output; /* -1: closed */
};

/* --- Ctrl+C --------------------------------------------------------------- */

static volatile sig_atomic_t process_interrupts;
static int process_interrupt_pipe[2] = {-1, -1};

/* Only async-signal-safe calls; the byte wakes poll, errno stays, which is safe
 * to read and write here. NOLINTBEGIN(bugprone-signal-handler) */
static void process_on_signal(int signal_number)
{
    (void)signal_number;
    int saved = errno;
    process_interrupts = process_interrupts + 1;
    ssize_t told = write(process_interrupt_pipe[1], "", 1);
    (void)told;
    errno = saved;
}
/* NOLINTEND(bugprone-signal-handler) */

void interrupt_catch(bool always)
{
    (void)always;
    if (process_interrupt_pipe[0] >= 0)
        return;
    if (pipe2(process_interrupt_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        die("pipe2");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* a parent's SIG_IGN would hide exit codes */
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        if (signal(caught[i], process_on_signal) == SIG_IGN &&
            caught[i] == SIGHUP)
            signal(SIGHUP, SIG_IGN); /* it runs under nohup */
}

unsigned interrupt_count(void)
{
    char byte[16];
    while (process_interrupt_pipe[0] >= 0 &&
           read(process_interrupt_pipe[0], byte, sizeof byte) > 0) {
    }
    return (unsigned)process_interrupts;
}

/* --- starting ------------------------------------------------------------- */

char *process_find(const char *program)
{
    /* One thread starts programs. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *from = strchr(program, '/') != NULL ? "" : getenv("PATH");
    while (from != NULL) {
        size_t length = strcspn(from, ":");
        char *path = text_make("%.*s%s%s", (int)length, from,
                               length > 0 ? "/" : "", program);
        if (access(path, X_OK) == 0 && file_is_file(path))
            return path;
        free(path);
        from = from[length] == ':' ? from + length + 1 : NULL;
    }
    return NULL;
}

static void process_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A process group of its own, in which a broken pipe is no error of ours. */
static int process_spawn(pid_t *pid, const char *path, const char *const *argv,
                         const posix_spawn_file_actions_t *actions)
{
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    int error = posix_spawn(pid, path, actions, &attributes,
                            (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

uint32_t process_os_start(struct process *p, const char *const *argv,
                          const char *folder, bool captured)
{
    int input[2], output[2];
    posix_spawn_file_actions_t actions;
    /* Found here, since posix_spawnp may hand what is no program to a shell. */
    char *path = process_find(argv[0]);
    if (path == NULL)
        return ENOENT;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        die("pipe2");
    p->os = calloc_or_die(1, sizeof *p->os);
    *p->os = (struct process_os){-1, input[1], output[0]};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    if (captured)
        posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
    if (folder != NULL)
        posix_spawn_file_actions_addchdir_np(&actions, folder);
    int error = process_spawn(&p->os->pid, path, argv, &actions);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    free(path);
    if (error != 0)
        process_os_free(p);
    else if (fcntl(input[1], F_SETFL, O_NONBLOCK) != 0 ||
             fcntl(output[0], F_SETFL, O_NONBLOCK) != 0)
        die("fcntl");
    return (uint32_t)error;
}

/* --- ending --------------------------------------------------------------- */

void process_os_kill(struct process *p)
{
    kill(-p->os->pid, SIGKILL);
}

/* A launcher that reads a password from the terminal is stopped by the system,
 * as any program in the background. It is not lent the terminal: it would ask
 * again in every run. */
static void process_asks(struct process *p)
{
    static bool complained;
    if (!complained)
        complain("a launcher tried to read from the terminal, perhaps a "
                 "password, and was killed; use a launcher that needs no "
                 "input, such as ssh with a key");
    complained = true;
    p->killed = true;
    process_os_kill(p);
}

void process_os_look(struct process *p)
{
    int status;
    if (waitpid(p->os->pid, &status, WNOHANG | WUNTRACED) != p->os->pid)
        return;
    if (WIFSTOPPED(status)) {
        if (WSTOPSIG(status) != SIGSTOP)
            process_asks(p);
        return;
    }
    p->exited = true;
    if (WIFEXITED(status)) {
        p->code = (uint32_t)WEXITSTATUS(status);
    } else {
        p->code = (uint32_t)WTERMSIG(status);
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): as in process_find */
        p->killed_by = strsignal(WTERMSIG(status));
    }
}

void process_os_free(struct process *p)
{
    process_close(&p->os->input);
    process_close(&p->os->output);
    free(p->os);
}

/* --- talking -------------------------------------------------------------- */

bool process_os_write(struct process *p, const char *text, size_t length)
{
    /* So short a write to a pipe is whole or fails. */
    return write(p->os->input, text, length) == (ssize_t)length;
}

void process_close_input(struct process *p)
{
    process_close(&p->os->input);
}

void process_os_read(struct process *p)
{
    char bytes[PROCESS_READ_BYTES];
    ssize_t got = read(p->os->output, bytes, sizeof bytes);
    if (got > 0) {
        p->read_ns = clock_ns();
        lines_add(&p->lines, bytes, (size_t)got);
    } else if (got == 0 || errno != EAGAIN || p->exited) {
        /* Once it has exited, something it started may still hold the pipe, as
         * Wine's own services do. */
        process_close(&p->os->output);
        p->output_ended = true;
    }
}

void process_os_sleep(struct process *const *processes, size_t count,
                      int64_t ms)
{
    struct pollfd fds[PROCESS_WAIT_MAX + 1];
    nfds_t used = 0;
    for (size_t i = 0; i < count && used < PROCESS_WAIT_MAX; i++)
        if (processes[i] != NULL && !processes[i]->output_ended)
            fds[used++] = (struct pollfd){processes[i]->os->output, POLLIN, 0};
    if (process_interrupt_pipe[0] >= 0)
        fds[used++] = (struct pollfd){process_interrupt_pipe[0], POLLIN, 0};
    if (ms > PROCESS_LOOK_MS)
        ms = PROCESS_LOOK_MS;
    if (poll(fds, used, (int)ms) < 0 && errno != EINTR)
        die("poll");
}
