#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/die.h"
#include "common/fs.h"
#include "results/text.h"

enum { GNUPLOT_ARGS_MAX = 64, GNUPLOT_NO_PROGRAM = 127 };

static bool gnuplot_runnable(const char *path)
{
    return fs_is_file(path) && access(path, X_OK) == 0;
}

char *gnuplot_find(const char *asked)
{
    const char *name = asked != NULL ? asked : "gnuplot";
    const char *at = getenv("PATH");

    if (strchr(name, '/') != NULL)
        return gnuplot_runnable(name) ? realpath(name, NULL) : NULL;
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ":");
        struct text folder = {0};
        char *path;

        text_add_bytes(&folder, at, length);
        path = fs_join(length > 0 ? folder.data : ".", name);
        free(folder.data);
        if (gnuplot_runnable(path))
            return path;
        free(path);
        at += length + (at[length] == ':');
    }
    return NULL;
}

static void gnuplot_child(const char *program, const char *folder, char **args)
{
    int log, null;

    if (chdir(folder) != 0)
        _exit(GNUPLOT_NO_PROGRAM);
    log = open(GNUPLOT_LOG, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    null = open("/dev/null", O_RDONLY);
    if (log < 0 || null < 0)
        _exit(GNUPLOT_NO_PROGRAM);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(program, args);
    _exit(GNUPLOT_NO_PROGRAM);
}

static bool gnuplot_wait(pid_t child, int *code)
{
    int64_t limit = clock_ns() + (int64_t)GNUPLOT_LIMIT_MS * 1000000;
    int status = 0;

    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);

        if (ended == child)
            break;
        if (ended < 0 && errno != EINTR)
            die("waitpid");
        if (clock_ns() > limit) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            complain("gnuplot did not end within %d s and was stopped; draw "
                     "again with 'iomodels plot'",
                     GNUPLOT_LIMIT_MS / 1000);
            return false;
        }
        clock_sleep_ms(GNUPLOT_POLL_MS);
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

bool gnuplot_run(const char *program, const char *folder, const char *scripts,
                 int *code)
{
    char *copy = text_copy(scripts), *name = text_copy(program);
    char *args[GNUPLOT_ARGS_MAX] = {name};
    size_t count = 1;
    pid_t child;
    bool ended = false;

    for (char *at = strtok(copy, " ");
         at != NULL && count + 1 < GNUPLOT_ARGS_MAX; at = strtok(NULL, " "))
        args[count++] = at;
    child = fork();
    if (child == 0)
        gnuplot_child(program, folder, args);
    if (child < 0)
        fs_complain("start", program, error_last());
    else
        ended = gnuplot_wait(child, code);
    free(copy);
    free(name);
    return ended;
}
