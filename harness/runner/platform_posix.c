#include "runner/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

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
