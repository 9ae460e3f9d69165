#include "runner/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "results/skipped.h"

enum {
    LIMITS_LOAD_SPARE = 64,    /* files of the load beside its connections */
    LIMITS_SERVER_SPARE = 400, /* of wineserver: 19,600 of 20,000 were held */
    LIMITS_THREAD_FILES = 4,   /* of wineserver, a thread and its connection */
    LIMITS_CONNECT_WINDOW = 128, /* the load's own */
    LIMITS_BUFFER = 4096,        /* the server's own */
    LIMITS_SOURCES = 254, /* that the load takes of 127.0.0.x by itself */
    /* A socket at each end in the kernel, its state in the load, the server
     * and wineserver; without what waits in its queues. */
    LIMITS_CONNECTION_BYTES = 16 * 1024,
    /* Resident a thread: whatever stack is asked for under Wine; on Windows
     * the touched part of 64 KiB and the kernel's stack. */
    LIMITS_THREAD_BYTES = 64 * 1024,
    LIMITS_WINE_THREAD_BYTES = 1024 * 1024
};

#ifdef _WIN32
#include "common/machine.h"
#include "common/win.h"

static const char limits_files_fix[] = "raise it to #";
static const char limits_backlog_fix[] =
    "give --backlog # or a smaller --connect-window";
static const char limits_ports_fix[] =
    "raise it, as administrator: netsh int ipv4 set dynamicport tcp "
    "start=10000 num=55535; or give more --local-addresses";

/* Windows has no limit of open files that a socket counts against. */
static void limits_os_load(struct limits *limits)
{
    uint32_t first, count;

    if (machine_netsh_ports(&first, &count))
        limits->ports = count;
}

static void limits_os_server(struct limits *limits)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};

    if (GlobalMemoryStatusEx(&memory))
        limits->memory = memory.ullAvailPhys;
    limits->backlog = UINT16_MAX; /* what a listener can ask for */
}
#else
#include <ctype.h>
#include <dirent.h>
#include <sys/resource.h>
#include "common/file.h"
#include "common/parse.h"

static const char limits_files_fix[] =
    "raise it in this shell (and stop a wineserver that runs: wineserver -k): "
    "sudo prlimit --pid $$ --nofile=#:#";
static const char limits_backlog_fix[] =
    "raise it: sudo sysctl -w net.core.somaxconn=#, or give a smaller "
    "--connect-window";
static const char limits_ports_fix[] =
    "raise it: sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535', or "
    "give more --local-addresses";

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
    uint64_t number = 0;

    parse_after(data, name, &number);
    free(data);
    return number;
}

/* The two versions of control groups. */
static const struct limits_group {
    const char *line, *root, *limit, *used, *cache;
} limits_groups[] = {
    {"0::", "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "},
    {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
     "memory.usage_in_bytes", "total_inactive_file "},
};

static uint64_t limits_group_number(const char *folder, const char *file,
                                    const char *name)
{
    char *path = file_join(folder, file);
    uint64_t number = limits_number(path, name);

    free(path);
    return number;
}

/* What one group leaves, at least 1; UINT64_MAX: it has no limit. */
static uint64_t limits_group_left(const char *folder,
                                  const struct limits_group *group)
{
    uint64_t limit = limits_group_number(folder, group->limit, "");
    uint64_t used = limits_group_number(folder, group->used, "");
    uint64_t cache = limits_group_number(folder, "memory.stat", group->cache);

    if (limit == 0)
        return UINT64_MAX;
    used -= cache < used ? cache : used;
    return limit > used ? limit - used : 1;
}

uint64_t limits_os_container(const char *root)
{
    char *list = text_make("%s/proc/self/cgroup", root);
    size_t size;
    char *lines = limits_file(list, &size);
    uint64_t least = UINT64_MAX;

    free(list);
    for (size_t i = 0; i < sizeof limits_groups / sizeof *limits_groups; i++) {
        const struct limits_group *group = &limits_groups[i];
        const char *from = strstr(lines, group->line);
        char *path, *end;

        if (from == NULL)
            continue;
        from += strlen(group->line);
        path = text_make("%s%s%.*s", root, group->root,
                         (int)strcspn(from, "\n"), from);
        /* The groups above limit it too. */
        do {
            uint64_t left = limits_group_left(path, group);

            least = left < least ? left : least;
            end = strrchr(path, '/');
            *end = '\0';
        } while (end >= path + strlen(root) + strlen(group->root));
        free(path);
    }
    free(lines);
    return least;
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

static uint64_t limits_wineserver_files(void)
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

static void limits_os_load(struct limits *limits)
{
    uint32_t first, count;
    size_t size;
    char *range = limits_file("/proc/sys/net/ipv4/ip_local_port_range", &size);

    limits->load_files = limits_hard_files();
    if (parse_port_range(range, &first, &count))
        limits->ports = count;
    free(range);
}

static void limits_os_server(struct limits *limits)
{
    if (limits->wine)
        limits->server_files = limits_wineserver_files();
    limits->backlog = limits_number("/proc/sys/net/core/somaxconn", "");
    limits->memory = 1024 * limits_number("/proc/meminfo", "MemAvailable:");
    if (limits_os_container("") < limits->memory)
        limits->memory = limits_os_container("");
}
#endif

static const char limits_memory_fix[] =
    "close other programs, add memory (or raise the container's limit), or "
    "give smaller --tiers";

/* In `fix`, # stands for what is needed. */
static const struct limits_row {
    const char *limit, *name, *unit, *fix;
} limits_load_files = {"load_open_files", "open files of the load", "files",
                       limits_files_fix},
  limits_server_files =
      {"wineserver_open_files",
       "open files of wineserver, which holds one a connection", "files",
       limits_files_fix},
  limits_ports = {"dynamic_ports", "dynamic ports of all source addresses",
                  "ports", limits_ports_fix},
  limits_backlog = {"backlog", "backlog of the system's listeners",
                    "connections", limits_backlog_fix},
  limits_own_backlog =
      {"backlog", "--backlog of the server's listener", "connections",
       "give a larger --backlog or a smaller --connect-window"},
  limits_memory = {"memory", "memory for the connections", "bytes",
                   limits_memory_fix},
  limits_thread_memory = {"memory", "memory for a thread a connection", "bytes",
                          limits_memory_fix};

/* Whether a model spends a thread on each connection, as the server lists. */
static bool limits_is_threaded(const struct run_config *s, const char *model)
{
    const cJSON *listed;

    cJSON_ArrayForEach (listed, s->models) {
        const char *name = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(listed, "name"));

        if (name != NULL && strcmp(name, model) == 0)
            return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(
                       listed, "connections_per_thread")) == 1;
    }
    return false;
}

/* Whether a launcher stays on this machine and within its limits; also sets
 * *wine if it is, or starts, Wine. */
static bool limits_stays(const char *via, bool *wine)
{
    static const char *const local[] = {
        "taskset", "nice",   "chrt", "numactl", "env",
        "ionice",  "stdbuf", "time", "wine",    "wine64"};
    struct words words = {0};
    bool stays;

    words_split(&words, via != NULL ? via : "");
    stays = words.count == 0;
    for (size_t i = 0; words.count > 0 && i < sizeof local / sizeof *local; i++)
        stays = stays || strcmp(words.word[0], local[i]) == 0;
    for (size_t i = 0; i < words.count; i++)
        *wine = *wine || strcmp(words.word[i], "wine") == 0 ||
                strcmp(words.word[i], "wine64") == 0;
    words_free(&words);
    return stays;
}

/* How many addresses the load will connect from, at most. */
static uint64_t limits_sources(const struct option_values *v)
{
    uint64_t count = 1;

    if (v->local_addresses == NULL)
        return v->target == NULL && strncmp(v->listen, "127.", 4) == 0
                   ? LIMITS_SOURCES
                   : 1;
    for (const char *c = v->local_addresses; *c != '\0'; c++)
        count += *c == ',';
    return count;
}

void limits_find(const struct run_config *s, struct limits *limits)
{
    bool load_wine = false;

    *limits = (struct limits){.sources = limits_sources(&s->values)};
    if (limits_stays(s->load_via, &load_wine))
        limits_os_load(limits);
    if (limits_stays(s->server_via, &limits->wine) && s->values.target == NULL)
        limits_os_server(limits);
}

static uint64_t limits_set(uint64_t value, uint64_t preset)
{
    return value != OPTION_UNSET ? value : preset;
}

static uint64_t limits_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A limit that is too low goes into the list. */
static void limits_need(cJSON *refused, const struct limits_row *row,
                        uint32_t connections, const char *model, uint64_t value,
                        uint64_t need)
{
    struct text fix = {0};

    if (value == 0 || need <= value)
        return;
    for (const char *c = row->fix; *c != '\0'; c++)
        if (*c == '#')
            text_add(&fix, "%" PRIu64, need);
        else
            text_add_bytes(&fix, c, 1);
    skipped_add(refused, &(struct skipped){connections, model, row->limit,
                                           row->name, (double)value,
                                           (double)need, row->unit, fix.data});
    free(fix.data);
}

/* More attempts at once than the listener's queue holds would be dropped, and
 * come again only a second later. */
static void limits_check_backlog(const struct limits *l,
                                 const struct option_values *v,
                                 uint32_t connections, cJSON *refused)
{
    uint64_t asked = limits_set(v->backlog, 0);
    uint64_t window = limits_least(
        limits_set(v->connect_window, LIMITS_CONNECT_WINDOW), connections);
    bool own = asked != 0 && (l->backlog == 0 || asked < l->backlog);

    limits_need(refused, own ? &limits_own_backlog : &limits_backlog,
                connections, NULL, own ? asked : l->backlog, window);
}

/* Threads beyond what the system can make take no memory: that the model ends
 * there is for the run to show. */
static uint64_t limits_thread_bytes(const struct limits *l,
                                    uint32_t connections)
{
    uint64_t most = l->server_files / LIMITS_THREAD_FILES;

    if (!l->wine)
        return (uint64_t)connections * LIMITS_THREAD_BYTES;
    return LIMITS_WINE_THREAD_BYTES *
           (most > 0 ? limits_least(connections, most) : connections);
}

void limits_check(const struct limits *l, const struct run_config *s,
                  uint32_t connections, const char *const *models,
                  cJSON *refused)
{
    size_t before = skipped_count(refused);
    uint64_t all = connections;
    uint64_t bytes = all * (LIMITS_CONNECTION_BYTES +
                            limits_set(s->values.buffer_bytes, LIMITS_BUFFER));

    limits_need(refused, &limits_load_files, connections, NULL, l->load_files,
                all + LIMITS_LOAD_SPARE);
    limits_need(refused, &limits_server_files, connections, NULL,
                l->server_files, all + LIMITS_SERVER_SPARE);
    limits_need(refused, &limits_ports, connections, NULL,
                l->ports * l->sources, all);
    limits_check_backlog(l, &s->values, connections, refused);
    limits_need(refused, &limits_memory, connections, NULL, l->memory, bytes);
    if (skipped_count(refused) > before)
        return;
    for (; *models != NULL; models++)
        if (limits_is_threaded(s, *models))
            limits_need(refused, &limits_thread_memory, connections, *models,
                        l->memory, bytes + limits_thread_bytes(l, connections));
}
