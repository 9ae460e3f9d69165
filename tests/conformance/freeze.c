#include "freeze.h"

#include <stdbool.h>
#include <tlhelp32.h>
#include "common/errors.h"

/* Threads that begin meanwhile are not held: for a server at rest. */
static void freeze_each(HANDLE process, bool hold)
{
    const DWORD pid = GetProcessId(process);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (all == INVALID_HANDLE_VALUE)
        die("CreateToolhelp32Snapshot");
    for (BOOL more = Thread32First(all, &entry); more;
         more = Thread32Next(all, &entry)) {
        if (entry.th32OwnerProcessID != pid)
            continue;
        HANDLE thread =
            OpenThread(THREAD_SUSPEND_RESUME, FALSE, entry.th32ThreadID);
        if (!thread)
            continue; /* ended since */
        if ((hold ? SuspendThread(thread) : ResumeThread(thread)) == (DWORD)-1)
            die(hold ? "SuspendThread" : "ResumeThread");
        CloseHandle(thread);
    }
    CloseHandle(all);
}

void freeze(HANDLE process)
{
    freeze_each(process, true);
}

void thaw(HANDLE process)
{
    freeze_each(process, false);
}
