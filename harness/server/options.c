/* The server's command line, and the models it was built with. */
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/options.h"
#include "model_list.h"
#include "server/listener.h"
#include <stdio.h>
#include <string.h>

enum { OPTIONS_TEXT = 1024, OPTIONS_CONNS = 100000 };

static struct option_values options;

/* --- the models --------------------------------------------------------- */

#define MODEL(name) extern const struct io_model model_##name;
MODELS
#undef MODEL

/* In the order of models/meson.build. */
static const struct io_model *const options_models[] = {
#define MODEL(name) &model_##name,
    MODELS
#undef MODEL
        NULL};

static const struct io_model *options_find_model(const char *name)
{
    const char *names[sizeof options_models / sizeof *options_models] = {NULL};
    const char *nearest = NULL;
    char all[OPTIONS_TEXT], what[256], hint[OPTIONS_TEXT + 128];
    size_t at = 0, count = 0;
    for (; options_models[count]; count++) {
        const struct io_model *m = options_models[count];
        if (name && strcmp(m->name, name) == 0)
            return m;
        names[count] = m->name;
        if (at < sizeof all)
            at += (size_t)snprintf(all + at, sizeof all - at, "%s%s",
                                   at ? ", " : "", m->name);
    }
    if (!name) {
        snprintf(what, sizeof what, "no model was named");
        snprintf(hint, sizeof hint, "give --model NAME; the models are %s",
                 all);
    } else {
        nearest = args_nearest(name, names);
        snprintf(what, sizeof what, "there is no model \"%.100s\"", name);
        snprintf(hint, sizeof hint, "%s%s%sthe models are %s",
                 nearest ? "did you mean " : "", nearest ? nearest : "",
                 nearest ? "? " : "", all);
    }
    json_lines_error(true, what, 0, hint);
    return NULL;
}

static void options_add_limit(cJSON *to, const char *key, uint32_t value)
{
    if (value)
        json_add_count(to, key, value);
    else
        cJSON_AddNullToObject(to, key);
}

static void options_list_json(void)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *models = cJSON_AddArrayToObject(root, "models");
    for (size_t i = 0; options_models[i]; i++) {
        const struct io_model *m = options_models[i];
        cJSON *model = cJSON_CreateObject();
        cJSON_AddItemToArray(models, model);
        cJSON_AddStringToObject(model, "name", m->name);
        cJSON_AddStringToObject(model, "summary", m->summary);
        cJSON_AddStringToObject(model, "ceiling", m->ceiling);
        options_add_limit(model, "max_connections", m->max_conns);
        options_add_limit(model, "max_threads", m->max_threads);
        options_add_limit(model, "connections_per_thread", m->conns_per_thread);
        cJSON *tunes = cJSON_AddArrayToObject(model, "options");
        for (const struct model_option *o = m->options; o && o->name; o++) {
            cJSON *tune = cJSON_CreateObject();
            cJSON_AddItemToArray(tunes, tune);
            cJSON_AddStringToObject(tune, "name", o->name);
            json_add_count(tune, "preset", o->preset);
            json_add_count(tune, "low", o->low);
            json_add_count(tune, "high", o->high);
            cJSON_AddStringToObject(tune, "summary", o->summary);
        }
    }
    json_lines_write(root);
}

static void options_list(void)
{
    for (size_t i = 0; options_models[i]; i++) {
        const struct io_model *m = options_models[i];
        const struct model_option *o = m->options;
        printf("%-13s %s\n%13s ceiling: %s\n", m->name, m->summary, "",
               m->ceiling);
        for (; o && o->name; o++)
            printf("%13s --tune %s=%lu (%lu to %lu): %s\n", "", o->name,
                   (unsigned long)o->preset, (unsigned long)o->low,
                   (unsigned long)o->high, o->summary);
    }
}

/* --- a model's own options ---------------------------------------------- */

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
    char hint[OPTIONS_TEXT] = "it has no options";
    const struct model_option *o = m->options;
    for (size_t at = 0; o && o->name && at < sizeof hint; o++)
        at += (size_t)snprintf(hint + at, sizeof hint - at, "%s%s=N",
                               at ? ", " : "its options are ", o->name);
    return options_tune_bad(m, text, hint);
}

static bool options_tune_one(struct host *host, const char *text,
                             bool tuned[MODEL_OPTIONS_MAX])
{
    const struct model_option *o = host->model->options;
    const size_t length = strcspn(text, "=");
    char hint[OPTIONS_TEXT];
    uint64_t value = 0;
    size_t i = 0;
    while (o && o[i].name &&
           (strlen(o[i].name) != length || strncmp(o[i].name, text, length)))
        i++;
    if (!o || !o[i].name)
        return options_tune_unknown(host->model, text);
    if (tuned[i])
        return options_tune_bad(host->model, text,
                                "the option is given twice: give it once");
    tuned[i] = true;
    if (text[length] == '=' && number_count(text + length + 1, &value) &&
        value >= o[i].low && value <= o[i].high) {
        host->srv.tuning[i] = (uint32_t)value;
        return true;
    }
    snprintf(hint, sizeof hint, "give %s=N with N from %lu to %lu", o[i].name,
             (unsigned long)o[i].low, (unsigned long)o[i].high);
    return options_tune_bad(host->model, text, hint);
}

static bool options_tune(struct host *host)
{
    const struct model_option *o = host->model->options;
    bool tuned[MODEL_OPTIONS_MAX] = {false};
    for (size_t i = 0; o && o[i].name; i++)
        host->srv.tuning[i] = o[i].preset;
    for (size_t i = 0; i < options.tune.count; i++)
        if (!options_tune_one(host, options.tune.text[i], tuned))
            return false;
    return true;
}

cJSON *options_tuning(const struct host *host)
{
    cJSON *tuning = cJSON_CreateObject();
    const struct model_option *o = host->model->options;
    for (size_t i = 0; o && o[i].name; i++)
        json_add_count(tuning, o[i].name, host->srv.tuning[i]);
    return tuning;
}

/* --- the whole ---------------------------------------------------------- */

static uint32_t options_least(uint64_t requested, uint32_t limit)
{
    return limit && limit < requested ? limit : (uint32_t)requested;
}

static uint32_t options_socket_bytes(uint64_t bytes)
{
    return bytes == OPTION_UNSET ? HOST_AS_IS : (uint32_t)bytes;
}

static void options_fill(struct host *host)
{
    const struct io_model *m = host->model;
    /* Address space only, but Wine keeps a byte for each page of it. */
    const uint64_t fit = ((uint64_t)32 << 30) / options.buffer_bytes;
    uint64_t conns = options.max_connections, threads = options.server_threads;
    if (conns == OPTION_UNSET)
        conns = fit < OPTIONS_CONNS ? fit : OPTIONS_CONNS;
    if (threads == OPTION_UNSET)
        threads = machine_usable_processors();
    host->srv.threads = options_least(threads, m->max_threads);
    host->srv.max_conns = options_least(conns, m->max_conns);
    host->srv.buffer_size = (uint32_t)options.buffer_bytes;
    host->options = (struct host_options){
        .nodelay = (uint32_t)options.nodelay,
        .sndbuf = options_socket_bytes(options.sndbuf_bytes),
        .rcvbuf = options_socket_bytes(options.rcvbuf_bytes),
        .backlog = (uint32_t)options.backlog,
        .guard = options.guard,
    };
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
        if (options.json)
            options_list_json();
        else
            options_list();
        return OPTIONS_DONE;
    }
    host->model = options_find_model(options.model);
    if (!host->model || !options_tune(host) ||
        !listener_parse(options.listen, address))
        return OPTIONS_BAD;
    options_fill(host);
    *sample_ms = (uint32_t)options.sample_ms;
    return OPTIONS_SERVE;
}
