#include "common/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "common/process.h"
#include "common/text.h"
#include "common/win.h"

enum { MACHINE_TEXT = 256, MACHINE_WINDOWS_11 = 22000, MACHINE_NETSH_S = 5 };
enum { MACHINE_GROUPS = 64, MACHINE_GROUP_SIZE = 64 }; /* at most */

bool look_up(const wchar_t *module, const char *name, void *call)
{
    HMODULE loaded = GetModuleHandleW(module);
    FARPROC found = loaded ? GetProcAddress(loaded, name) : NULL;
    /* Copied: there is no cast from one type of function to another that all
     * compilers let pass. */
    memcpy(call, &found, sizeof found);
    return found != NULL;
}

bool machine_is_wine(void)
{
    const char *(CDECL * version)(void);
    return look_up(L"ntdll.dll", "wine_get_version", &version);
}

/* Below Wine: by its name for the root of the host's files, whatever drives
 * there are. */
const char *proc_text(const char *path, char text[PROC_TEXT])
{
    char *full = text_make("\\\\?\\unix%s", path);
    DWORD got = 0;
    for (char *at = strchr(full, '/'); at != NULL; at = strchr(at, '/'))
        *at = '\\';
    wchar_t *wide = wide_from(full);
    HANDLE file =
        CreateFileW(wide, GENERIC_READ,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        ReadFile(file, text, PROC_TEXT - 1, &got, NULL);
        CloseHandle(file);
    }
    free(full);
    free(wide);
    text[got] = '\0';
    return text;
}

/* --- netsh ---------------------------------------------------------------- */

/* What `netsh interface ipv4 show WHAT` printed, the caller's to free; NULL
 * when it failed. Windows' own netsh by its full path, so that a program of
 * that name in the working folder is not started. */
static char *machine_netsh(const char *what, const char *protocol)
{
    /* One thread does. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *root = getenv("SystemRoot");
    char *path = text_make("%s\\System32\\netsh.exe", root ? root : ""),
         how[256];
    const char *argv[] = {path, "interface", "ipv4", "show",
                          what, protocol,    NULL};
    struct text text = {0};
    if (!process_run(argv, NULL, MACHINE_NETSH_S, &text, how, sizeof how))
        free(text_take(&text));
    free(path);
    return text.data;
}

bool machine_netsh_ports(uint32_t *first, uint32_t *count)
{
    char *text = machine_netsh("dynamicportrange", "tcp");
    bool known = text != NULL && parse_ports(text, false, first, count);
    free(text);
    return known;
}

static const char *machine_loopback(void)
{
    char *text = machine_netsh("global", NULL);
    const char *mode = text != NULL ? parse_netsh_loopback(text) : NULL;
    free(text);
    return mode;
}

/* --- what a record says of the machine ------------------------------------ */

static const char machine_nt[] =
    "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
static const char machine_processor[] =
    "HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";

static char *machine_registry(const char *key, const char *name,
                              char text[MACHINE_TEXT])
{
    DWORD size = MACHINE_TEXT;
    if (RegGetValueA(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, NULL, text,
                     &size) != ERROR_SUCCESS)
        return NULL;
    /* Processors' names are padded with spaces on both sides. */
    for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--)
        text[end - 1] = '\0';
    text += strspn(text, " ");
    return text[0] != '\0' ? text : NULL;
}

static void machine_windows(cJSON *machine, cJSON *unknown)
{
    char text[MACHINE_TEXT];
    /* The manifest decides what GetVersionEx answers; this one tells the truth.
     */
    LONG(NTAPI * get)(OSVERSIONINFOW *);
    OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
    if (look_up(L"ntdll.dll", "RtlGetVersion", &get))
        get(&v);
    snprintf(text, sizeof text, "%lu.%lu.%lu", v.dwMajorVersion,
             v.dwMinorVersion, v.dwBuildNumber);
    cJSON_AddStringToObject(machine, "os_version", text);

    char *edition = machine_registry(machine_nt, "ProductName", text);
    char *ten = edition ? strstr(edition, "Windows 10") : NULL;
    if (ten && v.dwBuildNumber >= MACHINE_WINDOWS_11)
        ten[9] = '1'; /* it still calls itself 10 there */
    machine_add_text(machine, unknown, "os_edition", edition,
                     "the registry has no value for it");

    DWORD revision = 0, size = sizeof revision;
    if (RegGetValueA(HKEY_LOCAL_MACHINE, machine_nt, "UBR", RRF_RT_REG_DWORD,
                     NULL, &revision, &size) == ERROR_SUCCESS)
        snprintf(text, sizeof text, "%lu.%lu", v.dwBuildNumber, revision);
    else
        snprintf(text, sizeof text, "%lu", v.dwBuildNumber);
    cJSON_AddStringToObject(machine, "os_build", text);
}

static void machine_wine(cJSON *machine)
{
    const char *(CDECL * version)(void);
    void(CDECL * host)(const char **, const char **);
    look_up(L"ntdll.dll", "wine_get_version", &version);
    look_up(L"ntdll.dll", "wine_get_host_version", &host);
    cJSON_AddStringToObject(machine, "os", version ? "Wine" : "Windows");
    const char *system = "", *release = "";
    char text[MACHINE_TEXT];
    if (host)
        host(&system, &release);
    snprintf(text, sizeof text, "%s %s", system, release);
    machine_add_text(machine, NULL, "wine_version", version ? version() : NULL,
                     NULL);
    machine_add_text(machine, NULL, "wine_host", version ? text : NULL, NULL);
}

/* Of the machine, also where it emulates another for this program, which has
 * 64 bits. */
static const char *machine_arch(void)
{
    BOOL(WINAPI * ask)(HANDLE, USHORT *, USHORT *);
    USHORT process = 0, native = 0;
    if (look_up(L"kernel32.dll", "IsWow64Process2", &ask))
        ask(GetCurrentProcess(), &process, &native);
    return native == IMAGE_FILE_MACHINE_ARM64 ? "aarch64" : "x86_64";
}

/* GetActiveProcessorCount may fail with 0: under Wine where the host has no
 * /sys. */
static uint32_t machine_processors(void)
{
    SYSTEM_INFO system;
    uint32_t count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    GetSystemInfo(&system);
    return count > 0 ? count : system.dwNumberOfProcessors;
}

/* Where the machine has several processor groups, the masks are zero or those
 * of one group: they tell only how somebody restricted the process. */
uint64_t machine_affinity(void)
{
    DWORD_PTR ours, all;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &ours, &all) ||
        (ours == all && GetActiveProcessorGroupCount() > 1))
        return 0;
    return ours;
}

void machine_restrict(uint64_t processors)
{
    SetProcessAffinityMask(GetCurrentProcess(), (DWORD_PTR)processors);
}

/* Before Windows 11 and Server 2022 a process runs in one of several groups,
 * unless its threads choose others. Wine, which has one, need not tell. */
static bool machine_has_group(USHORT group)
{
    USHORT own[MACHINE_GROUPS], count = MACHINE_GROUPS;
    if (!GetProcessGroupAffinity(GetCurrentProcess(), &count, own))
        return true;
    while (count > 0 && own[count - 1] != group)
        count--;
    return count > 0;
}

uint32_t machine_usable_processors(void)
{
    uint32_t count = 0;
    for (uint64_t left = machine_affinity(); left != 0; left &= left - 1)
        count++;
    for (USHORT i = 0; i < GetActiveProcessorGroupCount(); i++)
        if (machine_affinity() == 0 && machine_has_group(i))
            count += GetActiveProcessorCount(i);
    return count > 0 ? count : machine_processors();
}

/* SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION of winternl.h with the names of its
 * reserved members; 100 ns each. The kernel's time has the idle time in it, and
 * that of DPCs and interrupts. */
struct machine_processor_times {
    LARGE_INTEGER idle, kernel, user, dpc, interrupt;
    ULONG interrupts;
};

/* Of one processor group; GetSystemTimes tells of the caller's group only.
 * Wine has one group, and not the second call. */
static ULONG machine_group_times(USHORT group, USHORT groups,
                                 struct machine_processor_times *times)
{
    enum { PROCESSOR_TIMES = 8 };
    LONG(NTAPI * query)(ULONG, void *, ULONG, ULONG *);
    LONG(NTAPI * query_group)(ULONG, void *, ULONG, void *, ULONG, ULONG *);
    const ULONG size = MACHINE_GROUP_SIZE * sizeof *times;
    ULONG got = 0;
    LONG status = -1;
    if (groups > 1 &&
        look_up(L"ntdll.dll", "NtQuerySystemInformationEx", &query_group))
        status = query_group(PROCESSOR_TIMES, &group, sizeof group, times, size,
                             &got);
    else if (look_up(L"ntdll.dll", "NtQuerySystemInformation", &query))
        status = query(PROCESSOR_TIMES, times, size, &got);
    return status >= 0 ? got / sizeof *times : 0;
}

bool machine_times(bool usable, uint64_t *busy_us, uint64_t *idle_us)
{
    struct machine_processor_times times[MACHINE_GROUP_SIZE];
    const uint64_t mask = usable ? machine_affinity() : 0;
    const uint64_t ours = mask ? mask : UINT64_MAX; /* in each of its groups */
    const USHORT groups = GetActiveProcessorGroupCount(); /* 0: Wine, of one */
    *busy_us = *idle_us = 0;
    for (USHORT group = 0; group == 0 || group < groups; group++) {
        if (usable && !machine_has_group(group))
            continue;
        ULONG count = machine_group_times(group, groups, times);
        if (count == 0)
            return false;
        for (ULONG i = 0; i < count; i++) {
            const LONGLONG idle = times[i].idle.QuadPart;
            const LONGLONG interrupts =
                times[i].dpc.QuadPart + times[i].interrupt.QuadPart;
            const LONGLONG all = times[i].kernel.QuadPart +
                                 times[i].user.QuadPart -
                                 (usable ? interrupts : 0);
            if ((ours >> i & 1) == 0)
                continue;
            *idle_us += (uint64_t)idle / 10;
            *busy_us += (uint64_t)(all - idle) / 10;
        }
    }
    return true;
}

static void machine_hardware(cJSON *machine, cJSON *unknown)
{
    const uint64_t ours = machine_affinity();
    cJSON *list = NULL;
    char cpu[MACHINE_TEXT];
    machine_add_text(
        machine, unknown, "cpu",
        machine_registry(machine_processor, "ProcessorNameString", cpu),
        "the registry has no value for it");
    json_add_count(machine, "cores", machine_processors());
    json_add_count(machine, "usable_processors", machine_usable_processors());
    if (ours == 0)
        machine_add_text(machine, unknown, "processors", NULL,
                         "there is more than one group of processors: they "
                         "are not split between server and load generator");
    else
        list = cJSON_AddArrayToObject(machine, "processors");
    for (int i = 0; i < MACHINE_GROUP_SIZE; i++)
        if ((ours >> i & 1) != 0)
            cJSON_AddItemToArray(list, cJSON_CreateNumber(i));
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    if (!GlobalMemoryStatusEx(&memory))
        die("GlobalMemoryStatusEx");
    json_add_count(machine, "memory_bytes", memory.ullTotalPhys);
    cJSON_AddStringToObject(machine, "computer_arch", machine_arch());
}

static void machine_network(cJSON *machine, cJSON *unknown)
{
    uint32_t ports[2] = {0};
    if (machine_is_wine()) {
        proc_ports(&ports[0], &ports[1]);
        machine_add_ports(machine, unknown, ports,
                          "the host's /proc is not readable");
        machine_add_text(machine, unknown, "loopback_mode", NULL,
                         "Wine's loopback is the host's, which has no modes");
    } else {
        machine_netsh_ports(&ports[0], &ports[1]);
        machine_add_ports(machine, unknown, ports, "netsh did not report it");
        machine_add_text(machine, unknown, "loopback_mode", machine_loopback(),
                         "netsh did not report it");
    }
}

cJSON *machine_json(cJSON *unknown)
{
    cJSON *machine = cJSON_CreateObject();
    machine_wine(machine);
    machine_windows(machine, unknown);
    machine_hardware(machine, unknown);
    machine_network(machine, unknown);
    return machine;
}
