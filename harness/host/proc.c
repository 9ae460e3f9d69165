#include "host/proc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROC_TEXT = 2048,
    PROC_TICK_US = 10000, /* USER_HZ is 100 for every program */
    PROC_PAGE = 4096
};

/* Wine's name for the root of the host's files, whatever drives there are.
 * The file stays open: reading it anew from its begin is one call. */
struct proc_file {
    const wchar_t *path;
    HANDLE handle;
};

static struct proc_file proc_self = {L"\\\\?\\unix\\proc\\self\\stat", NULL};
static struct proc_file proc_sockstat = {L"\\\\?\\unix\\proc\\net\\sockstat",
                                         NULL};

static bool proc_read(struct proc_file *file, char text[PROC_TEXT])
{
    if (!file->handle)
        file->handle =
            CreateFileW(file->path, GENERIC_READ,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        NULL, OPEN_EXISTING, 0, NULL);
    if (file->handle == INVALID_HANDLE_VALUE)
        return false;
    OVERLAPPED from_begin = {0};
    DWORD got = 0;
    if (!ReadFile(file->handle, text, PROC_TEXT - 1, &got, &from_begin))
        return false;
    text[got] = '\0';
    return got > 0;
}

bool proc_wineserver(struct proc_cpu *cpu)
{
    char text[PROC_TEXT];
    /* Wine's server opens files for its clients, so "self" is the server. */
    if (!proc_read(&proc_self, text) || !strstr(text, "(wineserver"))
        return false;
    const char *after = strrchr(text, ')');
    unsigned long long user = 0, kernel = 0;
    /* The third field, the state, follows; the times are 14 and 15. */
    if (!after || sscanf(after + 1,
                         " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
                         " %llu %llu",
                         &user, &kernel) != 2)
        return false;
    cpu->user_us = user * PROC_TICK_US;
    cpu->kernel_us = kernel * PROC_TICK_US;
    return true;
}

bool proc_tcp_memory(uint64_t *bytes)
{
    char text[PROC_TEXT];
    if (!proc_read(&proc_sockstat, text))
        return false;
    const char *tcp = strstr(text, "TCP:");
    const char *mem = tcp ? strstr(tcp, " mem ") : NULL;
    if (!mem)
        return false;
    *bytes = strtoull(mem + 5, NULL, 10) * PROC_PAGE;
    return true;
}

bool proc_ports(uint32_t *first, uint32_t *count)
{
    struct proc_file file = {
        L"\\\\?\\unix\\proc\\sys\\net\\ipv4\\ip_local_port_range", NULL};
    char text[PROC_TEXT];
    unsigned long low = 0, high = 0;
    bool read = proc_read(&file, text);
    if (file.handle != INVALID_HANDLE_VALUE)
        CloseHandle(file.handle);
    if (!read || sscanf(text, "%lu %lu", &low, &high) != 2 || high < low)
        return false;
    *first = (uint32_t)low;
    *count = (uint32_t)(high - low + 1);
    return true;
}
