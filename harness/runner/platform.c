#include "runner/platform.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

uint64_t platform_seed(void)
{
    return (uint64_t)clock_ns() ^ ((uint64_t)time(NULL) << 20);
}

#ifdef _WIN32
#include "common/win.h"
#include <shellapi.h>
#include "common/die.h"
#include "common/wide.h"

void platform_arguments(int *argc, char ***argv)
{
    int count;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == NULL)
        die("CommandLineToArgvW");
    char **texts = malloc(((size_t)count + 1) * sizeof *texts);
    if (texts == NULL)
        die("malloc");
    for (int i = 0; i < count; i++)
        texts[i] = wide_to(wide[i]);
    texts[count] = NULL;
    LocalFree(wide);
    *argc = count;
    *argv = texts;
}

void platform_quiet_wine(void)
{
}

bool platform_terminal(void)
{
    DWORD mode;
    return GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode) != 0;
}

void platform_terminal_write(const char *text, size_t length)
{
    DWORD shown;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, (DWORD)length, &shown,
              NULL);
}
#else
#include <unistd.h>

void platform_arguments(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
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
#endif
