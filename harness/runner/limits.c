#include "runner/limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/words.h"
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
static const char limits_files_fix[] = "raise it to #";
static const char limits_backlog_fix[] =
    "give --backlog # or a smaller --connect-window";
static const char limits_ports_fix[] =
    "raise it, as administrator: netsh int ipv4 set dynamicport tcp "
    "start=10000 num=55535; or give more --local-addresses";
#else
static const char limits_files_fix[] =
    "raise it in this shell (and stop a wineserver that runs: wineserver -k): "
    "sudo prlimit --pid $$ --nofile=#:#";
static const char limits_backlog_fix[] =
    "raise it: sudo sysctl -w net.core.somaxconn=#, or give a smaller "
    "--connect-window";
static const char limits_ports_fix[] =
    "raise it: sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535', or "
    "give more --local-addresses";
#endif
static const char limits_memory_fix[] =
    "close other programs, add memory, or give smaller --tiers";

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

/* The models that spend a thread on each connection. */
static bool limits_is_threaded(const char *model)
{
    return strcmp(model, "blocking") == 0;
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

void limits_find(const struct setup *s, struct limits *limits)
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

void limits_check(const struct limits *l, const struct setup *s,
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
        if (limits_is_threaded(*models))
            limits_need(refused, &limits_thread_memory, connections, *models,
                        l->memory, bytes + limits_thread_bytes(l, connections));
}
