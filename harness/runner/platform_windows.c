#include "runner/platform.h"

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/win.h"
#include <shellapi.h>
#include "common/die.h"
#include "common/wide.h"

enum { PLATFORM_LONGEST = 32768 };

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

char *platform_self(void)
{
    wchar_t *path = malloc(PLATFORM_LONGEST * sizeof *path);
    if (path == NULL)
        die("malloc");
    DWORD length = GetModuleFileNameW(NULL, path, PLATFORM_LONGEST);
    char *self = length > 0 && length < PLATFORM_LONGEST ? wide_to(path) : NULL;
    free(path);
    return self;
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

uint64_t platform_seed(void)
{
    LARGE_INTEGER ticks;
    FILETIME now;
    QueryPerformanceCounter(&ticks);
    GetSystemTimeAsFileTime(&now);
    return (uint64_t)ticks.QuadPart ^ ((uint64_t)now.dwLowDateTime << 24) ^
           ((uint64_t)GetCurrentProcessId() << 44);
}
