#include "runner/platform.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include "common/win.h"
#include <shellapi.h>
#include "common/errors.h"

void platform_arguments(int *argc, char ***argv)
{
    int count;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == NULL)
        die("CommandLineToArgvW");
    char **texts = calloc_or_die((size_t)count + 1, sizeof *texts);
    for (int i = 0; i < count; i++)
        texts[i] = wide_to(wide[i]);
    texts[count] = NULL;
    LocalFree(wide);
    *argc = count;
    *argv = texts;
}

void platform_environment(void)
{
    _putenv("GNUTERM=");
}

int platform_terminal_columns(void)
{
    CONSOLE_SCREEN_BUFFER_INFO console;
    return GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &console)
               ? console.srWindow.Right - console.srWindow.Left + 1
               : 0;
}
#else
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PLATFORM_COLUMNS = 80 }; /* of a terminal that does not tell */

void platform_arguments(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

void platform_environment(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool utf8 = locale != (locale_t)0 &&
                strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

    if (locale != (locale_t)0)
        freelocale(locale);
    if (!utf8)
        setenv("LC_ALL", "C.UTF-8", 1);
    setenv("WINEDEBUG", "-all", 0);
    unsetenv("GNUTERM");
    /* For reading, so that writes still fail. Without /dev none is opened. */
    for (int stream = 0; stream <= 2; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            break;
}

int platform_terminal_columns(void)
{
    const char *term = getenv("TERM");
    struct winsize size = {0};
    if (!isatty(STDERR_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
        return 0;
    ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    return size.ws_col > 0 ? size.ws_col : PLATFORM_COLUMNS;
}
#endif

/* In one piece: printf gives a console of Windows one character at a time,
 * which is work for the very machine that is being measured. */
void platform_progress(const char *text, const char *end)
{
    enum { WIDEST = 80 };
    char line[WIDEST + 8];
    int columns = platform_terminal_columns();
    if (columns < 1 || columns > WIDEST)
        columns = WIDEST;
    columns--; /* terminals wrap a line that fills its last column */
    snprintf(line, sizeof line, "\r%-*.*s%s", columns, columns, text, end);
    fputs(line, stderr);
}
