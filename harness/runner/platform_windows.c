#include "runner/platform.h"

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/win.h"
#include <shellapi.h>
#include "common/die.h"
#include "runner/wide.h"

enum { PLATFORM_CLOSE_MS = 20000, PLATFORM_LONGEST = 32768 };

static volatile LONG platform_interrupts;
static HANDLE platform_event;

wchar_t *wide_from(const char *text)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = malloc((size_t)size * sizeof *wide);
    if (size == 0 || wide == NULL ||
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size) == 0)
        die("MultiByteToWideChar");
    return wide;
}

char *wide_to(const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *narrow = malloc((size_t)size);
    if (size == 0 || narrow == NULL ||
        WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, size, NULL, NULL) ==
            0)
        die("WideCharToMultiByte");
    return narrow;
}

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

char *platform_find(const char *program)
{
    wchar_t *wide = wide_from(program);
    wchar_t *path = malloc(PLATFORM_LONGEST * sizeof *path);
    if (path == NULL)
        die("malloc");
    DWORD length =
        SearchPathW(NULL, wide, L".exe", PLATFORM_LONGEST, path, NULL);
    char *found =
        length > 0 && length < PLATFORM_LONGEST ? wide_to(path) : NULL;
    free(wide);
    free(path);
    return found;
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

/* In a thread of the system's. When a console closes, the process dies as
 * soon as this returns: the main thread gets its time first. */
static BOOL WINAPI platform_on_control(DWORD control)
{
    InterlockedIncrement(&platform_interrupts);
    SetEvent(platform_event);
    if (control != CTRL_C_EVENT && control != CTRL_BREAK_EVENT)
        Sleep(PLATFORM_CLOSE_MS);
    return TRUE;
}

void interrupt_catch(void)
{
    if (platform_event != NULL)
        return;
    platform_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (platform_event == NULL)
        die("CreateEvent");
    /* A parent may have switched Ctrl+C off for its whole group. */
    SetConsoleCtrlHandler(NULL, FALSE);
    if (!SetConsoleCtrlHandler(platform_on_control, TRUE))
        die("SetConsoleCtrlHandler");
    /* No dialog box for a child that crashes: it is an exit code. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
}

unsigned interrupt_count(void)
{
    return (unsigned)InterlockedCompareExchange(&platform_interrupts, 0, 0);
}

int interrupt_fd(void)
{
    return -1;
}

void *interrupt_event(void)
{
    return platform_event;
}
