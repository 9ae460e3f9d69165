#include "runner/preflight.h"

#include <stdlib.h>
#include <string.h>

#include "clients/endpoint.h"
#include "common/machine.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"

enum {
    LIMITS_CONNECT_WINDOW = 128, /* the load's own */
    LIMITS_BUFFER = 4096,        /* the server's own */
    /* A socket at each end in the kernel, its state in the load, the server
     * and wineserver; without what waits in its queues. */
    LIMITS_CONNECTION_BYTES = 16 * 1024,
    /* Resident a thread: whatever stack is asked for under Wine; on Windows
     * the touched part of it and the kernel's stack. */
    LIMITS_THREAD_BYTES = 64 * 1024,
    LIMITS_WINE_THREAD_BYTES = 1024 * 1024
};

static uint64_t limits_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* In these, # stands for what is needed. */
#ifdef _WIN32
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
        limits->ports = count - machine_reserve(count);
}

static void limits_os_server(struct limits *limits)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};

    if (GlobalMemoryStatusEx(&memory))
        limits->memory = memory.ullAvailPhys;
    limits->backlog = UINT16_MAX; /* what a listener can ask for */
}
#else
#include <sys/resource.h>
#include "common/file.h"

static const char limits_files_fix[] =
    "raise it in this shell, and stop the wineserver that runs (of ./run: "
    "WINEPREFIX=build/wine wineserver -k): sudo prlimit --pid $$ --nofile=#:#";
static const char limits_backlog_fix[] =
    "raise it: sudo sysctl -w net.core.somaxconn=#, or give a smaller "
    "--connect-window";
static const char limits_ports_fix[] =
    "raise it: sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535', or "
    "give more --local-addresses";

uint64_t limits_os_number(const char *folder, const char *file,
                          const char *name)
{
    char *path = file_join(folder, file), text[PROC_TEXT];
    uint64_t number = 0;

    parse_after(proc_text(path, text), name, &number);
    free(path);
    return number;
}

/* Where the two versions of control groups say what a group may use and uses,
 * of memory (and how much of that can be given up) and of threads. */
static const struct limits_group {
    const char *line; /* of /proc/self/cgroup, before the group's path */
    const char *top, *limit, *used, *cache;
} limits_groups[][2] = {
    {{"0::", "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "},
     {":memory:", "sys/fs/cgroup/memory", "memory.limit_in_bytes",
      "memory.usage_in_bytes", "total_inactive_file "}},
    {{"0::", "sys/fs/cgroup", "pids.max", "pids.current", NULL},
     {":pids:", "sys/fs/cgroup/pids", "pids.max", "pids.current", NULL}},
};

/* What a control group leaves, at least 1; UINT64_MAX: it has no limit. */
static uint64_t limits_group_left(const struct limits_group *g,
                                  const char *folder)
{
    uint64_t limit = limits_os_number(folder, g->limit, "");
    uint64_t used = limits_os_number(folder, g->used, "");
    uint64_t cache = g->cache != NULL
                         ? limits_os_number(folder, "memory.stat", g->cache)
                         : 0;

    if (limit == 0)
        return UINT64_MAX;
    used -= limits_least(cache, used);
    return limit > used ? limit - used : 1;
}

/* The least that a group or one above it leaves: all of them limit it. */
static uint64_t limits_groups_left(const struct limits_group *g,
                                   const char *root, const char *path)
{
    char *top = file_join(root, g->top);
    char *folder = text_make("%s%.*s", top, (int)strcspn(path, "\n"), path);
    uint64_t least = UINT64_MAX;

    for (char *end = folder + strlen(folder);
         end != NULL && end >= folder + strlen(top);
         end = strrchr(folder, '/')) {
        *end = '\0';
        least = limits_least(least, limits_group_left(g, folder));
    }
    free(folder);
    free(top);
    return least;
}

uint64_t limits_os_container(const char *root, bool threads)
{
    char *path = file_join(root, "proc/self/cgroup"), text[PROC_TEXT];
    const char *groups = proc_text(path, text);
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < 2; i++) {
        const struct limits_group *g = &limits_groups[threads][i];
        const char *line = strstr(groups, g->line);

        if (line != NULL)
            least = limits_least(
                least, limits_groups_left(g, root, line + strlen(g->line)));
    }
    free(path);
    return least;
}

/* The load raises its limit to the hard one. */
static uint64_t limits_hard_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_max == RLIM_INFINITY)
        return 0;
    return limit.rlim_max;
}

static void limits_os_load(struct limits *limits)
{
    uint32_t first, count;

    limits->load_files = limits_hard_files();
    if (proc_ports(&first, &count))
        limits->ports = count;
}

static void limits_os_server(struct limits *limits)
{
    limits->backlog = limits_os_number("/proc/sys/net/core", "somaxconn", "");
    limits->memory = limits_least(
        1024 * limits_os_number("/proc", "meminfo", "MemAvailable:"),
        limits_os_container("/", false));
}
#endif

/* Whether a model spends a thread on each connection, as the server lists. */
static bool limits_is_threaded(const struct run_config *s, const char *model)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, s->models) {
        double connections;

        if (strcmp(record_text(each, "/name"), model) == 0)
            return record_number(each, "/connections_per_thread",
                                 &connections) &&
                   connections == 1;
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

    words_split(&words, via);
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
                   ? SOURCES_MAX
                   : 1;
    for (const char *c = v->local_addresses; *c != '\0'; c++)
        count += *c == ',';
    return count;
}

void limits_find(const struct run_config *s, struct limits *limits)
{
    bool load_wine = false, here = true;

    *limits = (struct limits){.sources = limits_sources(&s->values)};
    for (uint32_t i = 0; i < run_config_launchers(s); i++)
        here =
            limits_stays(run_config_launcher(s, i).words, &load_wine) && here;
    if (here)
        limits_os_load(limits);
    if (limits_stays(s->server_via, &limits->wine) && s->values.target == NULL)
        limits_os_server(limits);
    /* Of the wineserver that runs: one from before a limit was raised, or from
     * another shell, has its own. */
    limits->server_files = s->wineserver_files;
}

static uint64_t limits_set(uint64_t value, uint64_t preset)
{
    return value != OPTION_UNSET ? value : preset;
}

char *limits_filled(const char *text, double need)
{
    struct text filled = {0};

    for (; *text != '\0'; text++)
        if (*text == '#')
            text_add(&filled, "%.0f", need);
        else
            text_add_bytes(&filled, text, 1);
    return text_take(&filled);
}

/* Adds those of the needs that exceed a known limit. */
static void limits_add(cJSON *refused, const struct skipped *needs,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct skipped one = needs[i];
        char *fix;

        if (one.value == 0 || one.need <= one.value)
            continue;
        fix = limits_filled(one.how_to_fix, one.need);
        one.how_to_fix = fix;
        skipped_add(refused, &one);
        free(fix);
    }
}

void limits_needs(const struct limits *l, const struct run_config *s,
                  uint32_t connections, uint64_t threads,
                  struct skipped needs[LIMITS_NEEDS])
{
    const struct option_values *v = &s->values;
    const uint32_t loads = run_config_loads(s);
    const uint32_t most = (connections + loads - 1) / loads; /* of one load */
    const double tier = connections, memory = (double)l->memory;
    const double bytes =
        tier * (double)(LIMITS_CONNECTION_BYTES +
                        limits_set(v->buffer_bytes, LIMITS_BUFFER));
    static const char memory_fix[] =
        "close other programs, add memory (or raise the container's limit), or "
        "give smaller --tiers";
    /* More attempts at once than the listener's queue holds would be dropped,
     * and come again only a second later. */
    uint64_t window = limits_least(
        limits_set(v->connect_window, LIMITS_CONNECT_WINDOW), connections);
    bool own_backlog = v->backlog != OPTION_UNSET &&
                       (l->backlog == 0 || v->backlog < l->backlog);
    const struct skipped all[LIMITS_NEEDS] = {
        {tier, NULL, "load_open_files", "open files of the load generator",
         (double)l->load_files, most + NEED_LOAD_FILES, "files",
         limits_files_fix},
        {tier, NULL, "wineserver_open_files",
         "open files of wineserver, one a connection", (double)l->server_files,
         tier + NEED_WINESERVER_FILES, "files", limits_files_fix},
        {tier, NULL, "dynamic_ports", "dynamic ports of all source addresses",
         (double)(l->ports * l->sources), tier, "ports", limits_ports_fix},
        {tier, NULL, "backlog", "backlog of the system's listeners",
         own_backlog ? 0 : (double)l->backlog, (double)window, "connections",
         limits_backlog_fix},
        {tier, NULL, "backlog", "--backlog of the server's listener",
         own_backlog ? (double)v->backlog : 0, (double)window, "connections",
         "give a larger --backlog or a smaller --connect-window"},
        {tier, NULL, "memory", "memory for the connections", memory, bytes,
         "bytes", memory_fix},
        {tier, NULL, "memory", "memory for a thread a connection", memory,
         bytes + (double)threads *
                     (l->wine ? LIMITS_WINE_THREAD_BYTES : LIMITS_THREAD_BYTES),
         "bytes", memory_fix},
    };

    memcpy(needs, all, sizeof all);
}

void limits_check(const struct limits *l, const struct run_config *s,
                  uint32_t connections, const char *const *models,
                  cJSON *refused)
{
    struct skipped needs[LIMITS_NEEDS], *last = &needs[LIMITS_NEEDS - 1];
    int before = cJSON_GetArraySize(refused);
    uint64_t most = l->server_files / NEED_THREAD_FILES;

    /* Threads beyond what the system can make take no memory: that the model
     * ends there is for the run to show. */
    limits_needs(l, s, connections,
                 l->wine && most > 0 ? limits_least(connections, most)
                                     : connections,
                 needs);
    limits_add(refused, needs, LIMITS_NEEDS - 1);
    if (cJSON_GetArraySize(refused) > before)
        return;
    for (; *models != NULL; models++) {
        last->model = *models;
        if (limits_is_threaded(s, *models))
            limits_add(refused, last, 1);
    }
}
