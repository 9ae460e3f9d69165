#include "server/options.h"
#include "common/json_lines.h"
#include "common/number.h"
#include "common/options.h"
#include "server/registry.h"
#include "common/machine.h"
#include <stdio.h>
#include <string.h>

enum { OPTIONS_TEXT = 512, OPTIONS_CONNS = 100000 };

static struct option_values options;

static bool options_tune_bad(const struct io_model *m, const char *text,
                             const char *hint)
{
    char what[OPTIONS_TEXT];
    snprintf(what, sizeof what, "--tune %.200s does not fit model %s", text,
             m->name);
    json_lines_error(true, what, 0, hint);
    return false;
}

static bool options_tune_unknown(const struct io_model *m, const char *text)
{
    char hint[OPTIONS_TEXT];
    size_t at = 0;
    if (!m->options || !m->options->name)
        return options_tune_bad(m, text, "it has no options");
    for (const struct model_option *o = m->options; o->name && at < sizeof hint;
         o++)
        at += (size_t)snprintf(hint + at, sizeof hint - at, "%s%s=N",
                               at ? ", " : "its options are ", o->name);
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
                                    "the option is given twice: give "
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
    const uint64_t fit = ((uint64_t)32 << 30) / options.buffer_bytes;
    if (options.max_connections != OPTION_UNSET)
        return options.max_connections;
    return fit < OPTIONS_CONNS ? fit : OPTIONS_CONNS;
}

static uint32_t options_socket_bytes(uint64_t bytes)
{
    return bytes == OPTION_UNSET ? HOST_AS_IS : (uint32_t)bytes;
}

static void options_fill(struct host *host)
{
    const struct io_model *m = host->model;
    uint64_t threads = options.server_threads;
    if (threads == OPTION_UNSET)
        threads = machine_usable_processors();
    host->srv.threads = options_least(threads, m->max_threads);
    host->srv.max_conns = options_least(options_conns(), m->max_conns);
    host->srv.buffer_size = (uint32_t)options.buffer_bytes;
    host->options = (struct host_options){
        .nodelay = (uint32_t)options.nodelay,
        .sndbuf = options_socket_bytes(options.sndbuf_bytes),
        .rcvbuf = options_socket_bytes(options.rcvbuf_bytes),
        .backlog = (uint32_t)options.backlog,
        .guard = options.guard,
    };
}

static enum options_result options_no_model(void)
{
    char names[OPTIONS_TEXT], hint[OPTIONS_TEXT + 64];
    snprintf(hint, sizeof hint, "give --model NAME; the models are %s",
             registry_names(names, sizeof names));
    json_lines_error(true, "no model was named", 0, hint);
    return OPTIONS_BAD;
}

enum options_result options_read(int argc, char **argv, struct host *host,
                                 struct listener_address *address,
                                 uint32_t *sample_ms)
{
    struct arg args[OPTION_ROWS];
    const struct arg_command command = {
        "iomodels-server --model NAME [--listen ADDR:PORT] [OPTION...]",
        "Echoes bytes with one I/O model; 'stop' or the end of its standard "
        "input ends it.",
        args, 0};
    option_defaults(&options, OPTION_SERVER);
    option_args(&options, OPTION_SERVER, args);
    switch (args_parse(&command, argc, argv)) {
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
