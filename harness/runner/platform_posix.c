#include "runner/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/die.h"
#include "common/fs.h"

static volatile sig_atomic_t platform_interrupts;
static int platform_pipe[2] = {-1, -1};

void platform_arguments(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

char *platform_self(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    return strdup(path);
}

static bool platform_starts(const char *path)
{
    return access(path, X_OK) == 0 && fs_is_file(path);
}

char *platform_find(const char *program)
{
    if (strchr(program, '/') != NULL)
        return platform_starts(program) ? strdup(program) : NULL;
    const char *from = getenv("PATH");
    while (from != NULL && *from != '\0') {
        size_t length = strcspn(from, ":");
        char path[4096];
        int made =
            snprintf(path, sizeof path, "%.*s/%s", (int)length, from, program);
        if (made > 0 && (size_t)made < sizeof path && platform_starts(path))
            return strdup(path);
        from += length;
        from += *from == ':';
    }
    return NULL;
}

void platform_quiet_wine(void)
{
    setenv("WINEDEBUG", "-all", 0);
}

bool platform_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

void platform_terminal_write(const char *text, size_t length)
{
    ssize_t shown = write(STDERR_FILENO, text, length);
    (void)shown; /* a terminal that is gone shows nothing */
}

uint64_t platform_seed(void)
{
    return (uint64_t)clock_ns() ^ ((uint64_t)time(NULL) << 20) ^
           ((uint64_t)getpid() << 44);
}

/* Only async-signal-safe calls; the byte wakes poll, errno stays. */
static void platform_on_signal(int signal_number)
{
    (void)signal_number;
    int saved = errno;
    platform_interrupts = platform_interrupts + 1;
    ssize_t told = write(platform_pipe[1], "", 1);
    (void)told;
    errno = saved;
}

void interrupt_catch(void)
{
    if (platform_pipe[0] >= 0)
        return;
    if (pipe2(platform_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        die("pipe2");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* a parent's SIG_IGN would hide exit codes */
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        struct sigaction now, before;
        memset(&now, 0, sizeof now);
        now.sa_handler = platform_on_signal;
        bool nohup = caught[i] == SIGHUP &&
                     sigaction(SIGHUP, NULL, &before) == 0 &&
                     before.sa_handler == SIG_IGN;
        if (!nohup && sigaction(caught[i], &now, NULL) != 0)
            die("sigaction");
    }
}

unsigned interrupt_count(void)
{
    char byte[16];
    while (platform_pipe[0] >= 0 &&
           read(platform_pipe[0], byte, sizeof byte) > 0) {
    }
    return (unsigned)platform_interrupts;
}

int interrupt_fd(void)
{
    return platform_pipe[0];
}

void *interrupt_event(void)
{
    return NULL;
}
