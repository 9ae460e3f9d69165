#include "runner/fit.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FIT_FILE = 65536 };

/* The whole of a small file of /proc, a zero after it; 0: not readable. */
static size_t fit_read(const char *path, char data[FIT_FILE])
{
    FILE *file = fopen(path, "rb");
    size_t size = 0;

    if (file != NULL) {
        size = fread(data, 1, FIT_FILE - 1, file);
        fclose(file);
    }
    data[size] = '\0';
    return size;
}

/* The number after `name` in a file of lines; 0: none. */
static uint64_t fit_number(const char *path, const char *name)
{
    static char data[FIT_FILE];
    const char *at;

    if (fit_read(path, data) == 0 || (at = strstr(data, name)) == NULL)
        return 0;
    return strtoull(at + strlen(name), NULL, 10);
}

/* The load raises its limit to the hard one; so does a program under Wine for
 * the wineserver that it starts. */
static uint64_t fit_hard_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_max == RLIM_INFINITY)
        return 0;
    return limit.rlim_max;
}

/* The variable's value in a process's environment, or NULL. */
static const char *fit_variable(const char *data, size_t size, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = data; at < data + size; at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return at + length + 1;
    return NULL;
}

static bool fit_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A wineserver of our prefix runs already: it keeps the limit that it was
 * started with. 0: that process is none. */
static uint64_t fit_wineserver_files(const char *pid)
{
    static char data[FIT_FILE];
    char path[64];
    size_t size;

    snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
    if (fit_read(path, data) == 0 || strncmp(data, "wineserver", 10) != 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    size = fit_read(path, data);
    if (!fit_same(fit_variable(data, size, "WINEPREFIX"), getenv("WINEPREFIX")))
        return 0;
    snprintf(path, sizeof path, "/proc/%.20s/limits", pid);
    return fit_number(path, "Max open files");
}

static uint64_t fit_server_files(void)
{
    DIR *folder = opendir("/proc");
    uint64_t found = 0;

    if (folder == NULL)
        return fit_hard_files();
    for (const struct dirent *each = readdir(folder);
         each != NULL && found == 0; each = readdir(folder))
        if (isdigit((unsigned char)each->d_name[0]))
            found = fit_wineserver_files(each->d_name);
    closedir(folder);
    return found != 0 ? found : fit_hard_files();
}

void fit_os_load(struct fit_machine *machine)
{
    static char data[FIT_FILE];
    unsigned low, high;

    machine->load_files = fit_hard_files();
    if (fit_read("/proc/sys/net/ipv4/ip_local_port_range", data) > 0 &&
        sscanf(data, "%u %u", &low, &high) == 2 && high >= low)
        machine->ports = high - low + 1;
}

void fit_os_server(struct fit_machine *machine)
{
    if (machine->wine)
        machine->server_files = fit_server_files();
    machine->backlog = fit_number("/proc/sys/net/core/somaxconn", "");
    machine->memory = 1024 * fit_number("/proc/meminfo", "MemAvailable:");
}

char *fit_os_files(uint64_t need, char *text, size_t size)
{
    snprintf(text, size,
             "raise it in this shell (and stop a wineserver that runs: "
             "wineserver -k): sudo prlimit --pid $$ --nofile=%" PRIu64
             ":%" PRIu64,
             need, need);
    return text;
}

char *fit_os_ports(char *text, size_t size)
{
    snprintf(text, size,
             "raise it: sudo sysctl -w "
             "net.ipv4.ip_local_port_range='1024 65535', or give more "
             "--local-addresses");
    return text;
}

char *fit_os_backlog(uint64_t need, char *text, size_t size)
{
    snprintf(text, size,
             "raise it: sudo sysctl -w net.core.somaxconn=%" PRIu64
             ", or give a smaller --connect-window",
             need);
    return text;
}
