#include "server/options.h"
#include "common/args.h"
#include "common/jsonl.h"
#include "common/number.h"
#include "server/registry.h"
#include "common/machine.h"
#include <stdio.h>
#include <string.h>

enum { OPTIONS_TEXT = 512 };

static struct {
    bool list, json, guard;
    const char *model, *listen;
    uint64_t threads, max_connections, buffer, backlog, sample_ms;
    uint64_t sndbuf, rcvbuf, nodelay;
    struct arg_list tune;
} options = {
    .listen = "127.0.0.1:0",
    .buffer = 4096,
    .backlog = UINT16_MAX,
    .sample_ms = 200,
    .sndbuf = HOST_AS_IS,
    .rcvbuf = HOST_AS_IS,
    .nodelay = 1,
};

enum {
    OPTIONS_BUFFER_MOST = 64 << 20,
    OPTIONS_SOCKET_MOST = 1 << 30,
    OPTIONS_CONNS = 100000,
    OPTIONS_CONNS_MOST = 10000000,
    OPTIONS_DAY_MS = 24 * 3600 * 1000
};

static const struct arg options_args[] = {
    {"--model", ARG_TEXT, &options.model, 0, 0, "NAME",
     "the I/O model to serve with; --list shows them"},
    {"--listen", ARG_TEXT, &options.listen, 0, 0, "ADDR:PORT",
     "numeric address and port, 0: any free one (default 127.0.0.1:0)"},
    {"--threads", ARG_COUNT, &options.threads, 1, 4096, "N",
     "I/O threads, at most the model's own limit (default: as many as "
     "processors it may run on)"},
    {"--max-connections", ARG_COUNT, &options.max_connections, 1,
     OPTIONS_CONNS_MOST, "N",
     "refuse above, at most the model's own limit (default 100000, or what "
     "32 GiB of buffers are enough for)"},
    {"--buffer", ARG_SIZE, &options.buffer, 1, OPTIONS_BUFFER_MOST, "SIZE",
     "each connection's transfer buffer (default 4096)"},
    {"--backlog", ARG_COUNT, &options.backlog, 1, UINT16_MAX, "N",
     "connections that may wait for accept (default: Windows' most, 65535)"},
    {"--sample-ms", ARG_COUNT, &options.sample_ms, 0, OPTIONS_DAY_MS, "N",
     "milliseconds between samples, 0: at marks only (default 200)"},
    {"--sndbuf", ARG_SIZE, &options.sndbuf, 0, OPTIONS_SOCKET_MOST, "SIZE",
     "SO_SNDBUF (default: left alone)"},
    {"--rcvbuf", ARG_SIZE, &options.rcvbuf, 0, OPTIONS_SOCKET_MOST, "SIZE",
     "SO_RCVBUF (default: left alone)"},
    {"--nodelay", ARG_COUNT, &options.nodelay, 0, 1, "0|1",
     "TCP_NODELAY (default 1)"},
    {"--tune", ARG_EACH, &options.tune, 0, 0, "NAME=VALUE",
     "a knob of the model; again for more"},
    {"--guard", ARG_FLAG, &options.guard, 0, 0, NULL,
     "to find mistakes: pages without memory around each buffer; slower"},
    {"--list", ARG_FLAG, &options.list, 0, 0, NULL, "list the models and end"},
    {"--json", ARG_FLAG, &options.json, 0, 0, NULL, "with --list: as JSON"},
    {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL}};

static const struct arg_command options_command = {
    "iomodels-server --model NAME [--listen ADDR:PORT] [OPTION...]",
    "Echoes bytes with one I/O model; 'stop' or the end of its standard input "
    "ends it.",
    options_args, 0};

static bool options_tune_bad(const struct io_model *m, const char *text,
                             const char *hint)
{
    char what[OPTIONS_TEXT];
    snprintf(what, sizeof what, "--tune %.200s does not fit model %s", text,
             m->name);
    jsonl_error(true, what, 0, hint);
    return false;
}

static bool options_tune_unknown(const struct io_model *m, const char *text)
{
    char hint[OPTIONS_TEXT];
    size_t at = 0;
    if (!m->options || !m->options->name)
        return options_tune_bad(m, text, "it has no knobs");
    for (const struct model_option *o = m->options; o->name && at < sizeof hint;
         o++)
        at += (size_t)snprintf(hint + at, sizeof hint - at, "%s%s=N",
                               at ? ", " : "its knobs are ", o->name);
    return options_tune_bad(m, text, hint);
}

static bool options_tune_one(struct host *host, const char *text,
                             bool tuned[MODEL_OPTIONS_MAX])
{
    const struct io_model *m = host->model;
    size_t length = strcspn(text, "=");
    for (size_t i = 0; i < MODEL_OPTIONS_MAX && m->options; i++) {
        const struct model_option *o = &m->options[i];
        if (!o->name)
            break;
        if (strlen(o->name) != length || strncmp(o->name, text, length) != 0)
            continue;
        if (tuned[i])
            return options_tune_bad(m, text,
                                    "that knob is given twice: give "
                                    "it once");
        tuned[i] = true;
        uint64_t value = 0;
        if (text[length] == '=' && number_count(text + length + 1, &value) &&
            value >= o->low && value <= o->high) {
            host->srv.tuning[i] = (uint32_t)value;
            return true;
        }
        char hint[OPTIONS_TEXT];
        snprintf(hint, sizeof hint, "give %s=N with N from %lu to %lu", o->name,
                 (unsigned long)o->low, (unsigned long)o->high);
        return options_tune_bad(m, text, hint);
    }
    return options_tune_unknown(m, text);
}

static bool options_tune(struct host *host)
{
    const struct model_option *o = host->model->options;
    bool tuned[MODEL_OPTIONS_MAX] = {false};
    for (size_t i = 0; o && i < MODEL_OPTIONS_MAX && o[i].name; i++)
        host->srv.tuning[i] = o[i].preset;
    for (size_t i = 0; i < options.tune.count; i++)
        if (!options_tune_one(host, options.tune.text[i], tuned))
            return false;
    return true;
}

static uint32_t options_least(uint64_t asked, uint32_t limit)
{
    return limit && limit < asked ? limit : (uint32_t)asked;
}

/* Address space only, but Wine keeps a byte for each page of it. */
static uint64_t options_conns(void)
{
    const uint64_t fit = ((uint64_t)32 << 30) / options.buffer;
    if (options.max_connections)
        return options.max_connections;
    return fit < OPTIONS_CONNS ? fit : OPTIONS_CONNS;
}

static void options_fill(struct host *host)
{
    const struct io_model *m = host->model;
    uint64_t threads = options.threads;
    if (threads == 0)
        threads = machine_usable_processors();
    host->srv.threads = options_least(threads, m->max_threads);
    host->srv.max_conns = options_least(options_conns(), m->max_conns);
    host->srv.buffer_size = (uint32_t)options.buffer;
    host->options = (struct host_options){
        .nodelay = (uint32_t)options.nodelay,
        .sndbuf = (uint32_t)options.sndbuf,
        .rcvbuf = (uint32_t)options.rcvbuf,
        .backlog = (uint32_t)options.backlog,
        .guard = options.guard,
    };
}

static enum options_result options_no_model(void)
{
    char names[OPTIONS_TEXT], hint[OPTIONS_TEXT + 64];
    snprintf(hint, sizeof hint, "give --model NAME; the models are %s",
             registry_names(names, sizeof names));
    jsonl_error(true, "no model was named", 0, hint);
    return OPTIONS_BAD;
}

enum options_result options_read(int argc, char **argv, struct host *host,
                                 struct listener_address *address,
                                 uint32_t *sample_ms)
{
    switch (args_parse(&options_command, argc, argv)) {
    case ARGS_GO:
        break;
    case ARGS_HELP:
        return OPTIONS_DONE;
    case ARGS_BAD:
    default:
        return OPTIONS_BAD;
    }
    if (options.list) {
        registry_print(options.json);
        return OPTIONS_DONE;
    }
    if (!options.model)
        return options_no_model();
    host->model = registry_find(options.model);
    if (!host->model || !options_tune(host) ||
        !listener_parse(options.listen, address))
        return OPTIONS_BAD;
    options_fill(host);
    *sample_ms = (uint32_t)options.sample_ms;
    return OPTIONS_SERVE;
}

cJSON *options_tuning(const struct host *host)
{
    cJSON *tuning = cJSON_CreateObject();
    const struct model_option *o = host->model->options;
    for (size_t i = 0; o && i < MODEL_OPTIONS_MAX && o[i].name; i++)
        json_add_count(tuning, o[i].name, host->srv.tuning[i]);
    return tuning;
}
