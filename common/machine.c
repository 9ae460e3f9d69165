#include "common/machine.h"
#include "common/jsonl.h"
#include "common/win.h"
#include "common/die.h"
#include "common/lookup.h"
#include "common/netsh.h"
#include "common/proc.h"
#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { MACHINE_TEXT = 256, MACHINE_WINDOWS_11 = 22000 };

static const wchar_t machine_nt[] =
    L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
static const wchar_t machine_processor[] =
    L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";

bool machine_is_wine(void)
{
    const char *(CDECL * version)(void);
    return look_up(L"ntdll.dll", "wine_get_version", &version, sizeof version);
}

static bool machine_registry(const wchar_t *key, const wchar_t *name,
                             char text[MACHINE_TEXT])
{
    wchar_t wide[MACHINE_TEXT];
    DWORD size = sizeof wide;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, NULL, wide,
                     &size) != ERROR_SUCCESS)
        return false;
    /* Processors' names are padded with spaces on both sides. */
    size_t length = wcslen(wide);
    while (length > 0 && wide[length - 1] == L' ')
        wide[--length] = L'\0';
    return WideCharToMultiByte(CP_UTF8, 0, wide + wcsspn(wide, L" "), -1, text,
                               MACHINE_TEXT, NULL, NULL) > 0 &&
           text[0] != '\0';
}

static void machine_add_text(cJSON *machine, cJSON *unknown, const char *key,
                             const char *text, const char *why)
{
    if (text) {
        cJSON_AddStringToObject(machine, key, text);
        return;
    }
    cJSON_AddNullToObject(machine, key);
    cJSON_AddStringToObject(unknown, key, why);
}

/* The manifest decides what GetVersionEx answers; this one tells the truth. */
static void machine_version(OSVERSIONINFOW *version)
{
    LONG(NTAPI * get)(OSVERSIONINFOW *);
    *version = (OSVERSIONINFOW){.dwOSVersionInfoSize = sizeof *version};
    if (look_up(L"ntdll.dll", "RtlGetVersion", &get, sizeof get))
        get(version);
}

static void machine_windows(cJSON *machine, cJSON *unknown)
{
    char text[MACHINE_TEXT];
    OSVERSIONINFOW v;
    machine_version(&v);
    snprintf(text, sizeof text, "%lu.%lu.%lu", v.dwMajorVersion,
             v.dwMinorVersion, v.dwBuildNumber);
    cJSON_AddStringToObject(machine, "os_version", text);

    bool known = machine_registry(machine_nt, L"ProductName", text);
    /* Windows 11 still calls itself 10 there. */
    char *ten = known && v.dwBuildNumber >= MACHINE_WINDOWS_11
                    ? strstr(text, "Windows 10")
                    : NULL;
    if (ten)
        ten[9] = '1';
    machine_add_text(machine, unknown, "os_edition", known ? text : NULL,
                     "the registry does not say");

    DWORD revision = 0, size = sizeof revision;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, machine_nt, L"UBR", RRF_RT_REG_DWORD,
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
    look_up(L"ntdll.dll", "wine_get_version", &version, sizeof version);
    look_up(L"ntdll.dll", "wine_get_host_version", &host, sizeof host);
    cJSON_AddStringToObject(machine, "os", version ? "Wine" : "Windows");
    if (!version) {
        cJSON_AddNullToObject(machine, "wine_version");
        cJSON_AddNullToObject(machine, "wine_host");
        return;
    }
    const char *system = "", *release = "";
    char text[MACHINE_TEXT];
    if (host)
        host(&system, &release);
    snprintf(text, sizeof text, "%s %s", system, release);
    cJSON_AddStringToObject(machine, "wine_version", version());
    cJSON_AddStringToObject(machine, "wine_host", text);
}

/* Of the machine, also for a program that runs on it by emulation. */
static USHORT machine_native(void)
{
    BOOL(WINAPI * ask)(HANDLE, USHORT *, USHORT *);
    look_up(L"kernel32.dll", "IsWow64Process2", &ask, sizeof ask);
    USHORT process = 0, native = 0;
    if (ask && ask(GetCurrentProcess(), &process, &native))
        return native;
    SYSTEM_INFO info;
    GetNativeSystemInfo(&info);
    switch (info.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
        return IMAGE_FILE_MACHINE_AMD64;
    case PROCESSOR_ARCHITECTURE_ARM64:
        return IMAGE_FILE_MACHINE_ARM64;
    default:
        return IMAGE_FILE_MACHINE_I386;
    }
}

static const char *machine_arch(void)
{
    switch (machine_native()) {
    case IMAGE_FILE_MACHINE_AMD64:
        return "x86_64";
    case IMAGE_FILE_MACHINE_ARM64:
        return "aarch64";
    default:
        return "x86";
    }
}

/* GetActiveProcessorCount may fail with 0: under Wine where the host has no
 * /sys. */
uint32_t machine_processors(void)
{
    SYSTEM_INFO system;
    uint32_t count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    if (count > 0)
        return count;
    GetSystemInfo(&system);
    return system.dwNumberOfProcessors > 0 ? system.dwNumberOfProcessors : 1;
}

uint32_t machine_usable_processors(void)
{
    DWORD_PTR ours, all;
    uint32_t count = 0;
    /* Zero in a process of several processor groups, and the masks of one
     * group are alike in one that nobody restricted: then all of them. */
    if (!GetProcessAffinityMask(GetCurrentProcess(), &ours, &all) ||
        ours == 0 || ours == all)
        return machine_processors();
    for (; ours != 0; ours &= ours - 1)
        count++;
    return count;
}

static void machine_hardware(cJSON *machine, cJSON *unknown)
{
    char cpu[MACHINE_TEXT];
    bool known =
        machine_registry(machine_processor, L"ProcessorNameString", cpu);
    machine_add_text(machine, unknown, "cpu", known ? cpu : NULL,
                     "the registry does not say");
    json_add_count(machine, "cores", machine_processors());
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    if (!GlobalMemoryStatusEx(&memory))
        die("GlobalMemoryStatusEx");
    json_add_count(machine, "memory_bytes", memory.ullTotalPhys);
    cJSON_AddStringToObject(machine, "computer_arch", machine_arch());
}

static void machine_network(cJSON *machine, cJSON *unknown)
{
    bool wine = machine_is_wine();
    uint32_t first = 0, count = 0;
    if (wine ? proc_ports(&first, &count) : netsh_ports(&first, &count)) {
        cJSON *ports = cJSON_AddArrayToObject(machine, "dynamic_ports");
        cJSON_AddItemToArray(ports, cJSON_CreateNumber(first));
        cJSON_AddItemToArray(ports, cJSON_CreateNumber(count));
    } else {
        machine_add_text(machine, unknown, "dynamic_ports", NULL,
                         wine ? "the host's /proc is not readable"
                              : "netsh did not tell");
    }
    machine_add_text(machine, unknown, "loopback_mode",
                     wine ? NULL : netsh_loopback(),
                     wine ? "Wine's loopback is the host's, which has no modes"
                          : "netsh did not tell");
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
