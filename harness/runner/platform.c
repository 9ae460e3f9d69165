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
#else
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

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
#endif
