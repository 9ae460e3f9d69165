#include "runner/limits.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/file.h"
#include "common/parse.h"
#include "common/text.h"

/* A file of /proc, to free; "" when it cannot be read. */
static char *limits_file(const char *path, size_t *size)
{
    char *data;

    if (file_read(path, &data, size) == 0)
        return data;
    *size = 0;
    return text_copy("");
}

/* The number after `name` in a file of lines; 0: none. */
static uint64_t limits_number(const char *path, const char *name)
{
    size_t size;
    char *data = limits_file(path, &size);
    const char *at = strstr(data, name);
    uint64_t number = at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;

    free(data);
    return number;
}

/* The load raises its limit to the hard one; so does a program under Wine for
 * the wineserver that it starts. */
static uint64_t limits_hard_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_max == RLIM_INFINITY)
        return 0;
    return limit.rlim_max;
}

/* Whether a process has our WINEPREFIX, or none as we. */
static bool limits_our_prefix(const char *environment)
{
    static const char name[] = "WINEPREFIX=";
    const char *ours = getenv("WINEPREFIX");
    size_t size;
    char *data = limits_file(environment, &size), *theirs = NULL;
    bool same;

    for (char *at = data; at < data + size; at += strlen(at) + 1)
        if (strncmp(at, name, sizeof name - 1) == 0)
            theirs = at + sizeof name - 1;
    same = ours == NULL || theirs == NULL ? ours == theirs
                                          : strcmp(ours, theirs) == 0;
    free(data);
    return same;
}

/* A wineserver of our prefix runs already: it keeps the limit that it was
 * started with. 0: that process is none. */
static uint64_t limits_wineserver(const char *pid)
{
    char path[64];
    size_t size;
    char *name;
    bool is;

    snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
    name = limits_file(path, &size);
    is = strncmp(name, "wineserver", 10) == 0;
    free(name);
    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    if (!is || !limits_our_prefix(path))
        return 0;
    snprintf(path, sizeof path, "/proc/%.20s/limits", pid);
    return limits_number(path, "Max open files");
}

static uint64_t limits_server_files(void)
{
    DIR *folder = opendir("/proc");
    uint64_t found = 0;

    if (folder == NULL)
        return limits_hard_files();
    for (const struct dirent *each = readdir(folder);
         each != NULL && found == 0; each = readdir(folder))
        if (isdigit((unsigned char)each->d_name[0]))
            found = limits_wineserver(each->d_name);
    closedir(folder);
    return found != 0 ? found : limits_hard_files();
}

void limits_os_load(struct limits *limits)
{
    uint32_t first, count;
    size_t size;
    char *range = limits_file("/proc/sys/net/ipv4/ip_local_port_range", &size);

    limits->load_files = limits_hard_files();
    if (parse_port_range(range, &first, &count))
        limits->ports = count;
    free(range);
}

void limits_os_server(struct limits *limits)
{
    if (limits->wine)
        limits->server_files = limits_server_files();
    limits->backlog = limits_number("/proc/sys/net/core/somaxconn", "");
    limits->memory = 1024 * limits_number("/proc/meminfo", "MemAvailable:");
}
