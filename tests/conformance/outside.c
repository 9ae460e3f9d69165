/* What the system knows of a process and does to it, for test programs that
 * cannot ask Windows themselves. A command a line of standard input, one line
 * of JSON for each:
 *
 *     count PID        its threads and handles
 *     freeze PID       holds it still, but for threads that begin meanwhile
 *     thaw PID         every freeze needs it
 *     limit PID BYTES  of memory that it may commit; 0: any */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/win.h"

#include <tlhelp32.h>
#include "common/errors.h"
#include "common/machine.h"

enum { OUTSIDE_HANDLES = 64, OUTSIDE_ROOM = 1 << 20, OUTSIDE_TRIES = 8 };

static const LONG outside_too_small = (LONG)0xC0000004;

/* SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX and what stands before the first: not in
 * the SDK's headers. */
struct outside_handle {
    void *object;
    ULONG_PTR process, value;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct outside_table {
    ULONG_PTR count, reserved;
    struct outside_handle handle[1];
};

static struct outside_table *outside_table(void)
{
    LONG(NTAPI * query)(ULONG what, void *to, ULONG size, ULONG *needed);
    ULONG size = OUTSIDE_ROOM, needed;
    if (!look_up(L"ntdll.dll", "NtQuerySystemInformation", &query))
        die("GetProcAddress(NtQuerySystemInformation)");
    for (int i = 0; i < OUTSIDE_TRIES; i++, size *= 2) {
        void *table = calloc_or_die(1, size);
        LONG status = query(OUTSIDE_HANDLES, table, size, &needed);
        if (status >= 0)
            return table;
        free(table);
        if (status != outside_too_small)
            break;
    }
    die("NtQuerySystemInformation(SystemExtendedHandleInformation)");
}

/* GetProcessHandleCount answers 0 under Wine, which does know all handles. */
static uint32_t outside_handles(HANDLE process)
{
    DWORD count = 0, pid = GetProcessId(process);
    if (!GetProcessHandleCount(process, &count))
        die("GetProcessHandleCount");
    if (count)
        return count;
    struct outside_table *table = outside_table();
    for (ULONG_PTR i = 0; i < table->count; i++)
        count += table->handle[i].process == pid;
    free(table);
    if (!count)
        die("NtQuerySystemInformation(SystemExtendedHandleInformation)");
    return count;
}

/* Calls something for each thread, unless that is NULL, and counts them. */
static uint32_t outside_threads(HANDLE process, DWORD(WINAPI *call)(HANDLE))
{
    const DWORD pid = GetProcessId(process);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    uint32_t count = 0;
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (all == INVALID_HANDLE_VALUE)
        die("CreateToolhelp32Snapshot");
    for (BOOL more = Thread32First(all, &entry); more;
         more = Thread32Next(all, &entry)) {
        if (entry.th32OwnerProcessID != pid)
            continue;
        count++;
        HANDLE thread =
            call ? OpenThread(THREAD_SUSPEND_RESUME, FALSE, entry.th32ThreadID)
                 : NULL;
        if (!thread)
            continue; /* or it ended since */
        if (call(thread) == (DWORD)-1)
            die("SuspendThread or ResumeThread");
        CloseHandle(thread);
    }
    CloseHandle(all);
    return count;
}

static void outside_limit(HANDLE process, uint64_t bytes)
{
    static HANDLE job;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit = {0};
    if (!job) {
        job = CreateJobObjectW(NULL, NULL);
        if (!job || !AssignProcessToJobObject(job, process))
            die("AssignProcessToJobObject");
    }
    if (bytes)
        limit.BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limit.ProcessMemoryLimit = (SIZE_T)bytes;
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limit,
                                 sizeof limit))
        die("SetInformationJobObject");
}

int main(void)
{
    char line[128], command[16];
    unsigned long pid;
    unsigned long long bytes = 0;
    program_name_set("outside");
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%15s %lu %llu", command, &pid, &bytes) < 2)
            return EXIT_BAD_INPUT;
        HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
        if (!process)
            die("OpenProcess");
        if (strcmp(command, "freeze") == 0)
            outside_threads(process, SuspendThread);
        else if (strcmp(command, "thaw") == 0)
            outside_threads(process, ResumeThread);
        else if (strcmp(command, "limit") == 0)
            outside_limit(process, bytes);
        printf("{\"threads\":%lu,\"handles\":%lu}\n",
               (unsigned long)outside_threads(process, NULL),
               (unsigned long)outside_handles(process));
        fflush(stdout);
        CloseHandle(process);
    }
    return 0;
}
