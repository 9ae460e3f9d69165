#include "runner/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"

enum setup_who { TO_SERVER = 1, TO_LOAD = 2 };

#define SECONDS(n) ((uint64_t)(n)*1000000)
#define HOURS_24   SECONDS(86400)
#define MOST_BYTES (UINT64_C(1) << 30)

struct setup_option {
    const char *name;  /* for people */
    const char *child; /* what the program calls it */
    const char *key;   /* in the record; times become seconds */
    int to;
    enum arg_kind kind;
    uint64_t preset, low, high;
    const char *metavar, *help;
};

static const struct setup_option setup_options[SETUP_NUMBERS] = {
    [SETUP_MESSAGE] = {"--message", "--message", "message_bytes", TO_LOAD,
                       ARG_SIZE, 4096, 1, 1 << 20, "SIZE",
                       "bytes of a message, 1 to 1M (4096)"},
    [SETUP_DURATION] = {"--duration", "--duration", "duration_s", TO_LOAD,
                        ARG_TIME, SECONDS(4), 100000, HOURS_24, "TIME",
                        "measured time of a run (4s)"},
    [SETUP_WARMUP] = {"--warmup", "--warmup", "warmup_s", TO_LOAD, ARG_TIME,
                      SECONDS(1), 0, HOURS_24, "TIME",
                      "traffic before the measured time (1s)"},
    [SETUP_SAMPLE_MS] = {"--sample-ms", "--sample-ms", "sample_ms",
                         TO_SERVER | TO_LOAD, ARG_COUNT, 200, 10, 60000, "N",
                         "milliseconds between samples (200)"},
    [SETUP_SERVER_THREADS] = {"--threads", "--threads", "server_threads",
                              TO_SERVER, ARG_COUNT, SETUP_UNSET, 1, 4096, "N",
                              "I/O threads of the server (its processors)"},
    [SETUP_MAX_CONNECTIONS] = {"--max-connections", "--max-connections",
                               "max_connections", TO_SERVER, ARG_COUNT,
                               SETUP_UNSET, 1, 1 << 24, "N",
                               "the server refuses more (its default)"},
    [SETUP_BUFFER] = {"--buffer", "--buffer", "buffer_bytes", TO_SERVER,
                      ARG_SIZE, SETUP_UNSET, 1, 1 << 24, "SIZE",
                      "the server's buffer a connection (its default)"},
    [SETUP_BACKLOG] = {"--backlog", "--backlog", "backlog", TO_SERVER,
                       ARG_COUNT, SETUP_UNSET, 1, 1 << 24, "N",
                       "of the server's listener (its default)"},
    [SETUP_SNDBUF] = {"--sndbuf", "--sndbuf", "sndbuf_bytes", TO_SERVER,
                      ARG_SIZE, SETUP_UNSET, 0, MOST_BYTES, "SIZE",
                      "SO_SNDBUF of the server's sockets (the system's)"},
    [SETUP_RCVBUF] = {"--rcvbuf", "--rcvbuf", "rcvbuf_bytes", TO_SERVER,
                      ARG_SIZE, SETUP_UNSET, 0, MOST_BYTES, "SIZE",
                      "SO_RCVBUF of the server's sockets (the system's)"},
    [SETUP_NODELAY] = {"--nodelay", "--nodelay", "nodelay", TO_SERVER,
                       ARG_COUNT, SETUP_UNSET, 0, 1, "0|1",
                       "TCP_NODELAY of the server's sockets (its default)"},
    [SETUP_LOAD_THREADS] = {"--load-threads", "--threads", "load_threads",
                            TO_LOAD, ARG_COUNT, SETUP_UNSET, 1, 256, "N",
                            "threads of the load (its default)"},
    [SETUP_PIPELINE] = {"--pipeline", "--pipeline", "pipeline", TO_LOAD,
                        ARG_COUNT, 1, 1, 1024, "N",
                        "messages under way at once, for echo (1)"},
    [SETUP_THINK] = {"--think", "--think", "think_s", TO_LOAD, ARG_TIME, 0, 0,
                     HOURS_24, "TIME", "pause after each echo, for echo (0)"},
    [SETUP_RATE] = {"--rate", "--rate", "rate_bytes_per_s", TO_LOAD, ARG_SIZE,
                    SETUP_UNSET, 1, UINT64_C(1) << 40, "SIZE",
                    "bytes a second of all, for stream and paced (no limit)"},
    [SETUP_CONNECT_WINDOW] = {"--connect-window", "--connect-window",
                              "connect_window", TO_LOAD, ARG_COUNT, SETUP_UNSET,
                              1, 65536, "N",
                              "attempts under way at once (the load's)"},
    [SETUP_CONNECT_RETRIES] = {"--connect-retries", "--connect-retries",
                               "connect_retries", TO_LOAD, ARG_COUNT, 0, 0,
                               1000, "N",
                               "tries more when refused or timed out (0)"},
    [SETUP_CONNECT_TIMEOUT] = {"--connect-timeout", "--connect-timeout",
                               "connect_timeout_s", TO_LOAD, ARG_TIME,
                               SECONDS(10), 1000, HOURS_24, "TIME",
                               "for one attempt (10s)"},
    [SETUP_IO_TIMEOUT] = {"--io-timeout", "--io-timeout", "io_timeout_s",
                          TO_LOAD, ARG_TIME, SECONDS(20), 1000, HOURS_24,
                          "TIME", "for one echo (20s)"},
    [SETUP_CONNECT_BUDGET] = {"--connect-budget", "--connect-budget",
                              "connect_budget_s", TO_LOAD, ARG_TIME,
                              SETUP_UNSET, 1000, HOURS_24, "TIME",
                              "for all attempts (20s and 10ms for each)"},
};

void setup_defaults(struct setup *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < SETUP_NUMBERS; i++)
        s->number[i] = setup_options[i].preset;
    s->pattern = "echo";
    s->listen = "127.0.0.1:0";
    s->budget_base_us = SECONDS(20);
    s->budget_each_us = 10000;
}

/* ./run puts its own before the user's. */
static struct arg setup_program(const char *name, const char **value,
                                const char *metavar, const char *help)
{
    struct arg arg = {name, ARG_LAST, NULL, 0, 0, metavar, help};
    arg.value = (void *)value;
    return arg;
}

static struct arg setup_text(const char *name, const char **value,
                             const char *metavar, const char *help)
{
    struct arg arg = {name, ARG_TEXT, NULL, 0, 0, metavar, help};
    arg.value = (void *)value;
    return arg;
}

size_t setup_args_of_programs(struct setup *s, struct arg *args)
{
    size_t n = 0;
    args[n++] =
        setup_program("--server", &s->server, "PATH",
                      "iomodels-server.exe (the one built beside this)");
    args[n++] = setup_program("--server-via", &s->server_via, "WORDS",
                              "launcher of the server (wine for an .exe on "
                              "Linux)");
    args[n++] = setup_program("--load", &s->load, "PATH",
                              "the load's program (this one)");
    args[n++] = setup_program("--load-via", &s->load_via, "WORDS",
                              "launcher of the load (none)");
    return n;
}

size_t setup_args(struct setup *s, struct arg args[SETUP_ARGS])
{
    size_t n = 0;
    args[n++] = setup_text("--pattern", &s->pattern, "NAME",
                           "traffic: echo, stream, paced, churn, idle or "
                           "mixed (echo)");
    args[n++] = setup_text("--hostile", &s->hostile, "SHARE[:KIND,...]",
                           "of the connections: silent, slow, deaf, reset "
                           "ones (none)");
    for (size_t i = 0; i < SETUP_NUMBERS; i++) {
        const struct setup_option *o = &setup_options[i];
        struct arg arg = {o->name, o->kind,    &s->number[i], o->low,
                          o->high, o->metavar, o->help};
        args[n++] = arg;
    }
    struct arg tune = {
        "--tune",
        ARG_EACH,
        &s->tune,
        0,
        0,
        "[MODEL:]NAME=VALUE",
        "a knob of a model; again for more (see iomodels models)"};
    args[n++] = tune;
    args[n++] = setup_text("--listen", &s->listen, "ADDR:PORT",
                           "of the server (127.0.0.1:0; port 0 picks one)");
    args[n++] = setup_text("--target", &s->target, "HOST",
                           "where the load finds a server that is elsewhere");
    args[n++] =
        setup_text("--local-addresses", &s->local_addresses, "LIST",
                   "the load's source addresses (as many as ports need)");
    return n + setup_args_of_programs(s, args + n);
}

/* NAME=VALUE with a whole number, after the model it is for, if any. */
static bool setup_tuning(const char *text, const char *model,
                         const char **setting, size_t *name, uint64_t *value)
{
    const char *colon = strchr(text, ':');
    *setting = colon != NULL ? colon + 1 : text;
    if (model != NULL && colon != NULL &&
        (strlen(model) != (size_t)(colon - text) ||
         memcmp(model, text, (size_t)(colon - text)) != 0))
        return false;
    *name = strcspn(*setting, "=");
    return *name > 0 && (*setting)[*name] == '=' &&
           number_count(*setting + *name + 1, value);
}

static bool setup_check_tuning(const char *text, const char *const *models)
{
    const char *setting;
    size_t name;
    uint64_t value;
    size_t model = strcspn(text, ":");
    if (!setup_tuning(text, NULL, &setting, &name, &value)) {
        complain("--tune: '%s' is not NAME=VALUE with a whole number; "
                 "iomodels models lists the names",
                 text);
        return false;
    }
    if (text[model] == '\0')
        return true;
    for (; *models != NULL; models++)
        if (strlen(*models) == model && memcmp(*models, text, model) == 0)
            return true;
    complain("--tune: '%s' is for %.*s, which does not take part; leave it "
             "out, or let %.*s take part",
             text, (int)model, text, (int)model, text);
    return false;
}

/* How many of the settings are of this model's knob. */
static size_t setup_count_tuning(const struct setup *s, const char *model,
                                 const char *knob, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < s->tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        count +=
            setup_tuning(s->tune.text[i], model, &setting, &name, &value) &&
            name == length && memcmp(setting, knob, length) == 0;
    }
    return count;
}

static bool setup_tuned_once(const struct setup *s, const char *model)
{
    for (size_t i = 0; i < s->tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        if (!setup_tuning(s->tune.text[i], model, &setting, &name, &value) ||
            setup_count_tuning(s, model, setting, name) == 1)
            continue;
        complain("--tune: %.*s is given twice for %s; give it once", (int)name,
                 setting, model);
        return false;
    }
    return true;
}

bool setup_check(const struct setup *s, const char *const *models)
{
    static const char *const patterns[] = {"echo", "stream", "paced", "churn",
                                           "idle", "mixed",  NULL};
    size_t i = 0;
    while (patterns[i] != NULL && strcmp(patterns[i], s->pattern) != 0)
        i++;
    if (patterns[i] == NULL) {
        complain("--pattern: '%s' is unknown; give echo, stream, paced, "
                 "churn, idle or mixed",
                 s->pattern);
        return false;
    }
    if (strcmp(s->pattern, "paced") == 0 &&
        s->number[SETUP_RATE] == SETUP_UNSET) {
        complain("--rate is missing: the pattern paced sends at that rate; "
                 "give bytes a second of all connections, such as --rate 1M");
        return false;
    }
    const char *via[] = {s->server_via, s->load_via};
    for (i = 0; i < 2; i++) {
        struct words words = {0};
        bool good = via[i] == NULL || words_split(&words, via[i]);
        words_free(&words);
        if (!good) {
            complain("--%s-via: '%s' has a quote that does not close; close "
                     "it, or leave it out if no word has blanks in it",
                     i == 0 ? "server" : "load", via[i]);
            return false;
        }
    }
    for (i = 0; i < s->tune.count; i++)
        if (!setup_check_tuning(s->tune.text[i], models))
            return false;
    for (; *models != NULL; models++)
        if (!setup_tuned_once(s, *models))
            return false;
    return true;
}

uint64_t setup_value(const struct setup *s, const struct setup_run *run,
                     enum setup_number which)
{
    uint64_t value = s->number[which];
    if (which == SETUP_CONNECT_BUDGET && value == SETUP_UNSET)
        value = s->budget_base_us + s->budget_each_us * run->connections;
    return value;
}

static void setup_add_numbers(const struct setup *s,
                              const struct setup_run *run, int to,
                              struct words *words)
{
    for (int i = 0; i < SETUP_NUMBERS; i++) {
        const struct setup_option *o = &setup_options[i];
        uint64_t value = setup_value(s, run, (enum setup_number)i);
        if ((o->to & to) == 0 || value == SETUP_UNSET)
            continue;
        words_add(words, o->child);
        words_addf(words, "%" PRIu64 "%s", value,
                   o->kind == ARG_TIME ? "us" : "");
    }
}

void setup_server_words(const struct setup *s, const struct setup_run *run,
                        struct words *words)
{
    words_split(words, s->server_via);
    words_add(words, s->server);
    words_add(words, "--model");
    words_add(words, run->model);
    words_add(words, "--listen");
    words_add(words, s->listen);
    setup_add_numbers(s, run, TO_SERVER, words);
    for (size_t i = 0; i < s->tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        if (!setup_tuning(s->tune.text[i], run->model, &setting, &name, &value))
            continue;
        words_add(words, "--tune");
        words_add(words, setting);
    }
}

void setup_load_words(const struct setup *s, const struct setup_run *run,
                      const char *address, struct words *words)
{
    words_split(words, s->load_via);
    words_add(words, s->load);
    words_add(words, "load");
    words_add(words, "--json-stream");
    words_add(words, "--target");
    words_add(words, address);
    words_add(words, "--connections");
    words_addf(words, "%" PRIu32, run->connections);
    words_add(words, "--pattern");
    words_add(words, s->pattern);
    if (s->hostile != NULL) {
        words_add(words, "--hostile");
        words_add(words, s->hostile);
    }
    words_add(words, "--seed");
    words_addf(words, "%" PRIu64, run->seed);
    setup_add_numbers(s, run, TO_LOAD, words);
    if (s->local_addresses != NULL) {
        words_add(words, "--local-addresses");
        words_add(words, s->local_addresses);
    }
}

static void setup_put_text(cJSON *asked, const char *key, const char *text)
{
    if (text != NULL)
        cJSON_AddStringToObject(asked, key, text);
    else
        cJSON_AddNullToObject(asked, key);
}

static void setup_put_launcher(cJSON *asked, const char *key, const char *via)
{
    if (via != NULL)
        via += strspn(via, " \t");
    setup_put_text(asked, key, via != NULL && *via != '\0' ? via : NULL);
}

static cJSON *setup_asked_tuning(const struct setup *s, const char *model)
{
    cJSON *tuning = cJSON_CreateObject();
    for (size_t i = 0; i < s->tune.count; i++) {
        const char *setting;
        size_t length;
        uint64_t value;
        char name[64];
        if (!setup_tuning(s->tune.text[i], model, &setting, &length, &value))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, setting);
        cJSON_AddNumberToObject(tuning, name, (double)value);
    }
    return tuning;
}

static cJSON *setup_asked_addresses(const char *list)
{
    if (list == NULL)
        return cJSON_CreateNull();
    cJSON *addresses = cJSON_CreateArray();
    while (*list != '\0') {
        char address[64];
        size_t length = strcspn(list, ",");
        snprintf(address, sizeof address, "%.*s", (int)length, list);
        cJSON_AddItemToArray(addresses, cJSON_CreateString(address));
        list += length;
        list += *list == ',';
    }
    return addresses;
}

cJSON *setup_asked(const struct setup *s, const struct setup_run *run)
{
    cJSON *asked = cJSON_CreateObject();
    if (asked == NULL)
        die("cJSON_CreateObject");
    cJSON_AddStringToObject(asked, "model", run->model);
    cJSON_AddNumberToObject(asked, "connections", run->connections);
    cJSON_AddStringToObject(asked, "pattern", s->pattern);
    setup_put_text(asked, "hostile", s->hostile);
    for (int i = 0; i < SETUP_NUMBERS; i++) {
        const struct setup_option *o = &setup_options[i];
        uint64_t value = setup_value(s, run, (enum setup_number)i);
        if (value == SETUP_UNSET)
            cJSON_AddNullToObject(asked, o->key);
        else
            cJSON_AddNumberToObject(asked, o->key,
                                    o->kind == ARG_TIME ? (double)value / 1e6
                                                        : (double)value);
    }
    cJSON_AddItemToObject(asked, "tuning", setup_asked_tuning(s, run->model));
    setup_put_text(asked, "listen", s->listen);
    cJSON_AddItemToObject(asked, "local_addresses",
                          setup_asked_addresses(s->local_addresses));
    setup_put_text(asked, "target", s->target);
    setup_put_launcher(asked, "server_via", s->server_via);
    setup_put_launcher(asked, "load_via", s->load_via);
    cJSON_AddNumberToObject(asked, "seed", (double)run->seed);
    cJSON_AddNumberToObject(asked, "plan_seed", (double)run->plan_seed);
    cJSON_AddNumberToObject(asked, "repeat", run->repeat);
    cJSON_AddNumberToObject(asked, "repeats", run->repeats);
    cJSON_AddNumberToObject(asked, "place", (double)run->place);
    cJSON_AddNumberToObject(asked, "places", (double)run->places);
    return asked;
}
