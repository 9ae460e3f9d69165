#include "common/proc.h"
#include "common/parse.h"

enum { PROC_TEXT = 2048, PROC_PAGE = 4096 };

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
    return proc_read(&proc_self, text) &&
           parse_wineserver(text, &cpu->user_us, &cpu->kernel_us);
}

bool proc_tcp_memory(uint64_t *bytes)
{
    char text[PROC_TEXT];
    uint64_t pages = 0;
    if (!proc_read(&proc_sockstat, text) || !parse_sockstat(text, &pages))
        return false;
    *bytes = pages * PROC_PAGE;
    return true;
}

/* For what is read once. */
static bool proc_read_once(const wchar_t *path, char text[PROC_TEXT])
{
    struct proc_file file = {path, NULL};
    bool read = proc_read(&file, text);
    if (file.handle != INVALID_HANDLE_VALUE)
        CloseHandle(file.handle);
    return read;
}

bool proc_ports(uint32_t *first, uint32_t *count)
{
    char text[PROC_TEXT];
    return proc_read_once(
               L"\\\\?\\unix\\proc\\sys\\net\\ipv4\\ip_local_port_range",
               text) &&
           parse_port_range(text, first, count);
}

bool proc_open_files(uint64_t *files)
{
    char text[PROC_TEXT];
    return proc_read_once(L"\\\\?\\unix\\proc\\self\\limits", text) &&
           parse_open_files(text, files);
}
