#include "runner/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/refused.h"
#include "common/words.h"

enum {
    FIT_LOAD_SPARE = 64,      /* files of the load beside its connections */
    FIT_SERVER_SPARE = 400,   /* of wineserver: 19,600 of 20,000 were held */
    FIT_THREAD_FILES = 4,     /* of wineserver, a thread with its connection */
    FIT_CONNECT_WINDOW = 128, /* the load's own */
    FIT_BUFFER = 4096,        /* the server's own */
    FIT_SOURCES = 254,        /* that the load takes of 127.0.0.x by itself */
    FIT_TEXT = 256
};

/* A socket at each end in the kernel, its state in the load, the server and
 * wineserver; without what waits in its queues. */
static const uint64_t fit_connection_bytes = UINT64_C(16) * 1024;
/* Resident a thread: whatever stack is asked for under Wine; on Windows the
 * touched part of 64 KiB and the kernel's stack. */
static const uint64_t fit_thread_bytes = UINT64_C(64) * 1024;
static const uint64_t fit_wine_thread_bytes = UINT64_C(1024) * 1024;

/* The models that spend a thread on each connection. */
static const char *const fit_threaded[] = {"blocking", NULL};

static bool fit_is_threaded(const char *model)
{
    for (size_t i = 0; fit_threaded[i] != NULL; i++)
        if (strcmp(fit_threaded[i], model) == 0)
            return true;
    return false;
}

/* Launchers that stay on this machine and within its limits. */
static bool fit_stays(const char *via)
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
    words_free(&words);
    return stays;
}

static bool fit_says_wine(const char *via)
{
    struct words words = {0};
    bool wine = false;

    words_split(&words, via != NULL ? via : "");
    for (size_t i = 0; i < words.count; i++)
        wine = wine || strcmp(words.word[i], "wine") == 0 ||
               strcmp(words.word[i], "wine64") == 0;
    words_free(&words);
    return wine;
}

/* How many addresses the load will connect from, at most. */
static uint64_t fit_sources(const struct setup *s)
{
    uint64_t count = 1;

    if (s->values.local_addresses == NULL)
        return s->values.target == NULL &&
                       strncmp(s->values.listen, "127.", 4) == 0
                   ? FIT_SOURCES
                   : 1;
    for (const char *c = s->values.local_addresses; *c != '\0'; c++)
        count += *c == ',';
    return count;
}

void fit_machine(const struct setup *s, struct fit_machine *machine)
{
    memset(machine, 0, sizeof *machine);
    machine->sources = fit_sources(s);
    machine->wine = fit_says_wine(s->server_via);
    if (fit_stays(s->load_via))
        fit_os_load(machine);
    if (s->values.target == NULL && fit_stays(s->server_via))
        fit_os_server(machine);
}

static uint64_t fit_set(uint64_t value, uint64_t preset)
{
    return value != OPTION_UNSET ? value : preset;
}

static uint64_t fit_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A limit that is too low goes into the list. */
static void fit_need(cJSON *refused, struct refusal *refusal, uint64_t value,
                     uint64_t need)
{
    if (value == 0 || need <= value)
        return;
    refusal->value = (double)value;
    refusal->need = (double)need;
    refused_add(refused, refusal);
}

static void fit_files(const struct fit_machine *m, uint32_t connections,
                      cJSON *refused)
{
    char fix[FIT_TEXT];
    uint64_t need = (uint64_t)connections +
                    (m->server_files != 0 ? FIT_SERVER_SPARE : FIT_LOAD_SPARE);
    struct refusal load = {connections,
                           NULL,
                           "load_open_files",
                           "open files of the load",
                           0,
                           0,
                           "files",
                           fit_os_files(need, fix, sizeof fix)};
    struct refusal server = load;

    server.limit = "wineserver_open_files";
    server.name = "open files of wineserver, which holds one a connection";
    fit_need(refused, &load, m->load_files,
             (uint64_t)connections + FIT_LOAD_SPARE);
    fit_need(refused, &server, m->server_files,
             (uint64_t)connections + FIT_SERVER_SPARE);
}

static void fit_ports(const struct fit_machine *m, uint32_t connections,
                      cJSON *refused)
{
    char fix[FIT_TEXT];
    struct refusal ports = {connections,
                            NULL,
                            "dynamic_ports",
                            "dynamic ports of all source addresses",
                            0,
                            0,
                            "ports",
                            fit_os_ports(fix, sizeof fix)};

    fit_need(refused, &ports, m->ports * m->sources, connections);
}

/* More attempts at once than the listener's queue holds would be dropped, and
 * come again only a second later. */
static void fit_backlog(const struct fit_machine *m, const struct setup *s,
                        uint32_t connections, cJSON *refused)
{
    char fix[FIT_TEXT];
    uint64_t asked = fit_set(s->values.backlog, 0);
    uint64_t window = fit_least(
        fit_set(s->values.connect_window, FIT_CONNECT_WINDOW), connections);
    struct refusal backlog = {connections,
                              NULL,
                              "backlog",
                              "backlog of the system's listeners",
                              0,
                              0,
                              "connections",
                              fit_os_backlog(window, fix, sizeof fix)};

    if (asked != 0 && (m->backlog == 0 || asked < m->backlog)) {
        backlog.name = "--backlog of the server's listener";
        backlog.how_to_fix = "give a larger --backlog or a smaller "
                             "--connect-window";
        fit_need(refused, &backlog, asked, window);
    } else {
        fit_need(refused, &backlog, m->backlog, window);
    }
}

/* Threads beyond what the system can make take no memory: that the model ends
 * there is for the run to show. */
static uint64_t fit_threads(const struct fit_machine *m, uint32_t connections)
{
    uint64_t most = m->server_files / FIT_THREAD_FILES;

    return m->wine && most > 0 ? fit_least(connections, most) : connections;
}

static void fit_memory(const struct fit_machine *m, const struct setup *s,
                       uint32_t connections, const char *model, cJSON *refused)
{
    uint64_t buffer = fit_set(s->values.buffer_bytes, FIT_BUFFER);
    uint64_t need = (fit_connection_bytes + buffer) * connections;
    struct refusal memory = {connections,
                             model,
                             "memory",
                             "memory for the connections",
                             0,
                             0,
                             "bytes",
                             "close other programs, add memory, "
                             "or give smaller --tiers"};

    if (model != NULL) {
        memory.name = "memory for a thread a connection";
        need += fit_threads(m, connections) *
                (m->wine ? fit_wine_thread_bytes : fit_thread_bytes);
    }
    fit_need(refused, &memory, m->memory, need);
}

void fit_check(const struct fit_machine *machine, const struct setup *s,
               uint32_t connections, const char *const *models, cJSON *refused)
{
    size_t before = refused_count(refused);

    fit_files(machine, connections, refused);
    fit_ports(machine, connections, refused);
    fit_backlog(machine, s, connections, refused);
    fit_memory(machine, s, connections, NULL, refused);
    if (refused_count(refused) > before)
        return;
    for (; *models != NULL; models++)
        if (fit_is_threaded(*models))
            fit_memory(machine, s, connections, *models, refused);
}
