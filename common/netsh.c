#include "common/netsh.h"
#include "common/win.h"
#include "common/parse.h"
#include <wchar.h>

enum { NETSH_TEXT = 8192, NETSH_WAIT_MS = 5000 };

static bool netsh_path(wchar_t *path, size_t size)
{
    /* By its full path: never one that lies in the current folder. */
    UINT length = GetSystemDirectoryW(path, (UINT)size);
    if (length == 0 || length + 11 > size)
        return false;
    wcscpy(path + length, L"\\netsh.exe");
    return true;
}

/* Starts it with `out` as its output and nothing else inherited. */
static HANDLE netsh_spawn(wchar_t *command, HANDLE out)
{
    wchar_t path[MAX_PATH + 16];
    ULONG_PTR list[32]; /* far more than one attribute takes */
    SIZE_T size = sizeof list;
    STARTUPINFOEXW start = {.StartupInfo.cb = sizeof start};
    PROCESS_INFORMATION made;
    start.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)list;
    if (!netsh_path(path, MAX_PATH) ||
        !InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &size))
        return NULL;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdOutput = out;
    start.StartupInfo.hStdError = out;
    BOOL started =
        UpdateProcThreadAttribute(start.lpAttributeList, 0,
                                  PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &out,
                                  sizeof out, NULL, NULL) &&
        CreateProcessW(path, command, NULL, NULL, TRUE,
                       EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW, NULL,
                       NULL, &start.StartupInfo, &made);
    DeleteProcThreadAttributeList(start.lpAttributeList);
    if (!started)
        return NULL;
    CloseHandle(made.hThread);
    return made.hProcess;
}

/* All of it: a read ends with a write of the other side. */
static DWORD netsh_read(HANDLE from, char *text, DWORD size)
{
    DWORD length = 0, got = 0;
    while (length < size &&
           ReadFile(from, text + length, size - length, &got, NULL) && got > 0)
        length += got;
    return length;
}

/* What it printed, once it has ended: less than the pipe holds. */
static bool netsh_ask(const wchar_t *question, char text[NETSH_TEXT])
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    wchar_t command[128] = L"netsh.exe ";
    HANDLE from = NULL, to = NULL;
    DWORD got = 0, code = 1;
    if (!CreatePipe(&from, &to, &inherit, NETSH_TEXT))
        return false;
    wcscat(command, question);
    HANDLE process = netsh_spawn(command, to);
    CloseHandle(to);
    if (process) {
        if (WaitForSingleObject(process, NETSH_WAIT_MS) != WAIT_OBJECT_0)
            TerminateProcess(process, 1);
        else if (GetExitCodeProcess(process, &code) && code == 0)
            got = netsh_read(from, text, NETSH_TEXT - 1);
        CloseHandle(process);
    }
    CloseHandle(from);
    text[got] = '\0';
    return got > 0;
}

bool netsh_ports(uint32_t *first, uint32_t *count)
{
    char text[NETSH_TEXT];
    return netsh_ask(L"interface ipv4 show dynamicportrange tcp", text) &&
           parse_netsh_ports(text, first, count);
}

const char *netsh_loopback(void)
{
    char text[NETSH_TEXT];
    return netsh_ask(L"interface ipv4 show global", text)
               ? parse_netsh_loopback(text)
               : NULL;
}
