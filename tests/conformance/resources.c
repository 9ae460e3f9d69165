#include "resources.h"

#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include "common/errors.h"

enum { RESOURCES_HANDLES = 64, RESOURCES_ROOM = 1 << 20, RESOURCES_TRIES = 8 };

static const LONG resources_too_small = (LONG)0xC0000004;

/* SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX and what stands before the first: not in
 * the SDK's headers. */
struct resources_handle {
    void *object;
    ULONG_PTR process, value;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct resources_table {
    ULONG_PTR count, reserved;
    struct resources_handle handle[1];
};

static FARPROC resources_find(const char *name)
{
    HMODULE module = GetModuleHandleW(L"ntdll.dll");
    return module ? GetProcAddress(module, name) : NULL;
}

bool resources_wine(void)
{
    return resources_find("wine_get_version") != NULL;
}

static struct resources_table *resources_table(void)
{
    LONG(NTAPI * query)(ULONG what, void *to, ULONG size, ULONG *needed);
    FARPROC found = resources_find("NtQuerySystemInformation");
    ULONG size = RESOURCES_ROOM, needed;
    if (!found)
        die("GetProcAddress(NtQuerySystemInformation)");
    memcpy(&query, &found, sizeof query);
    for (int i = 0; i < RESOURCES_TRIES; i++, size *= 2) {
        void *table = malloc(size);
        if (!table)
            die("malloc");
        LONG status = query(RESOURCES_HANDLES, table, size, &needed);
        if (status >= 0)
            return table;
        free(table);
        if (status != resources_too_small)
            break;
    }
    die("NtQuerySystemInformation(SystemExtendedHandleInformation)");
}

/* GetProcessHandleCount answers 0 under Wine, which does know all handles. */
static uint32_t resources_handles(HANDLE process)
{
    DWORD count = 0, pid = GetProcessId(process);
    struct resources_table *table;
    if (!GetProcessHandleCount(process, &count))
        die("GetProcessHandleCount");
    if (count)
        return count;
    table = resources_table();
    for (ULONG_PTR i = 0; i < table->count; i++)
        count += table->handle[i].process == pid;
    free(table);
    if (!count)
        die("NtQuerySystemInformation(SystemExtendedHandleInformation)");
    return count;
}

static uint32_t resources_threads(HANDLE process)
{
    const DWORD pid = GetProcessId(process);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    uint32_t count = 0;
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (all == INVALID_HANDLE_VALUE)
        die("CreateToolhelp32Snapshot");
    for (BOOL more = Thread32First(all, &entry); more;
         more = Thread32Next(all, &entry))
        count += entry.th32OwnerProcessID == pid;
    CloseHandle(all);
    return count;
}

struct resources resources_count(HANDLE process)
{
    struct resources r = {resources_threads(process),
                          resources_handles(process)};
    return r;
}
