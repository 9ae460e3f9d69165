/* The server's command line, and the models it was built with. */
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/options.h"
#include "common/service.h"
#include "common/text.h"
#include "model_list.h"
#include "server/host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_CONNS = 100000, OPTIONS_OUTSTANDING = 8 };

static struct option_values options;

/* --- the models --------------------------------------------------------- */

/* In the order of models/meson.build. */
#define MODEL(name, family) extern const struct io_model model_##name;
MODELS
#undef MODEL
#define MODEL(name, family) {&model_##name, #family},
static const struct {
    const struct io_model *model;
    const char *family;
} options_models[] = {MODELS{NULL, NULL}};
#undef MODEL
#define MODEL(name, family) " " #name
static const char options_all[] = "the models are:" MODELS;
#undef MODEL

static const char *options_missing(const struct io_model *m)
{
    return m->missing ? m->missing() : NULL;
}

/* NULL after one line: there is no such model, or it cannot run here. */
static const struct io_model *options_find_model(const char *name)
{
    const struct io_model *m = NULL;
    for (size_t i = 0; name && options_models[i].model && !m; i++)
        if (strcmp(options_models[i].model->name, name) == 0)
            m = options_models[i].model;
    const char *missing = m ? options_missing(m) : NULL;
    if (!name)
        json_lines_error(true, 0, options_all, "--model NAME is missing");
    else if (!m)
        json_lines_error(true, 0, options_all, "there is no model \"%.100s\"",
                         name);
    else if (missing)
        json_lines_error(true, 0, "choose another; --list shows them",
                         "model %s cannot run here: %s", name, missing);
    return missing ? NULL : m;
}

/* The word at a place of "fixed|adaptive"; *length is its length, 0 behind the
 * last one. */
static const char *options_word(const char *words, uint32_t place, int *length)
{
    for (; place > 0 && *words; place--) {
        words += strcspn(words, "|");
        words += *words == '|';
    }
    *length = (int)strcspn(words, "|");
    return words;
}

/* "fixed", or "7"; to free. */
static char *options_value(const struct model_option *o, uint32_t value)
{
    int length = 0;
    const char *word = o->words ? options_word(o->words, value, &length) : "";
    return o->words ? text_make("%.*s", length, word)
                    : text_make("%lu", (unsigned long)value);
}

/* As a record has it. */
static cJSON *options_value_json(const struct model_option *o, uint32_t value)
{
    if (!o->words)
        return cJSON_CreateNumber(value);
    char *word = options_value(o, value);
    cJSON *json = cJSON_CreateString(word);
    free(word);
    return json;
}

/* All words, with this between them; to free. */
static char *options_words(const struct model_option *o, const char *between)
{
    struct text all = {0};
    for (uint32_t i = o->low; i <= o->high; i++) {
        char *word = options_value(o, i);
        text_add(&all, "%s%s", i > o->low ? between : "", word);
        free(word);
    }
    return text_take(&all);
}

static cJSON *options_option_json(const struct model_option *o)
{
    cJSON *tune = cJSON_CreateObject();
    cJSON_AddStringToObject(tune, "name", o->name);
    cJSON_AddItemToObject(tune, "preset", options_value_json(o, o->preset));
    if (o->words) {
        cJSON *words = cJSON_AddArrayToObject(tune, "words");
        for (uint32_t i = o->low; i <= o->high; i++)
            cJSON_AddItemToArray(words, options_value_json(o, i));
    } else {
        json_add_count(tune, "low", o->low);
        json_add_count(tune, "high", o->high);
    }
    cJSON_AddStringToObject(tune, "summary", o->summary);
    return tune;
}

/* By enum service. */
static const char *const options_services[] = {"echo", "file"};

static void options_list_json(void)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *models = cJSON_AddArrayToObject(root, "models");
    for (size_t i = 0; options_models[i].model; i++) {
        const struct io_model *m = options_models[i].model;
        const char *missing = options_missing(m);
        cJSON *model = cJSON_CreateObject();
        cJSON_AddItemToArray(models, model);
        cJSON_AddStringToObject(model, "name", m->name);
        cJSON_AddStringToObject(model, "family", options_models[i].family);
        cJSON_AddStringToObject(model, "summary", m->summary);
        cJSON_AddStringToObject(model, "ceiling", m->ceiling);
        json_add_known(model, "max_connections", m->max_conns, m->max_conns);
        json_add_known(model, "max_threads", m->max_threads, m->max_threads);
        json_add_known(model, "connections_per_thread", m->conns_per_thread,
                       m->conns_per_thread);
        json_add_known(model, "max_outstanding", m->max_outstanding,
                       m->max_outstanding);
        cJSON_AddBoolToObject(model, "borrows", m->borrows);
        cJSON_AddStringToObject(model, "service", options_services[m->service]);
        cJSON_AddItemToObject(model, "missing",
                              missing ? cJSON_CreateString(missing)
                                      : cJSON_CreateNull());
        cJSON *tunes = cJSON_AddArrayToObject(model, "options");
        for (const struct model_option *o = m->options; o->name; o++)
            cJSON_AddItemToArray(tunes, options_option_json(o));
    }
    if (wine_open_files() > 0)
        json_add_count(root, "wineserver_files", wine_open_files());
    json_lines_write(root);
}

static void options_list(void)
{
    const char *family = "";
    for (size_t i = 0; options_models[i].model; i++) {
        const struct io_model *m = options_models[i].model;
        const char *missing = options_missing(m);
        if (strcmp(family, options_models[i].family) != 0)
            printf("%sfamily %s:\n", i > 0 ? "\n" : "",
                   options_models[i].family);
        family = options_models[i].family;
        printf("%-13s %s\n%13s ceiling: %s\n", m->name, m->summary, "",
               m->ceiling);
        if (missing)
            printf("%13s cannot run here: %s\n", "", missing);
        for (const struct model_option *o = m->options; o->name; o++) {
            char *preset = options_value(o, o->preset);
            char *all = o->words
                            ? options_words(o, ", ")
                            : text_make("%lu to %lu", (unsigned long)o->low,
                                        (unsigned long)o->high);
            printf("%13s --tune %s=%s (%s): %s\n", "", o->name, preset, all,
                   o->summary);
            free(preset);
            free(all);
        }
    }
}

/* --- a model's own options ---------------------------------------------- */

/* Reads the text of a value. False: it is none of the option's. */
static bool options_read_value(const struct model_option *o, const char *text,
                               uint32_t *value)
{
    uint64_t number = o->low;
    bool good = false;
    if (!o->words)
        good = number_read(NUMBER_COUNT, text, &number);
    for (; o->words && number <= o->high && !good; number += !good) {
        char *word = options_value(o, (uint32_t)number);
        good = strcmp(word, text) == 0;
        free(word);
    }
    *value = (uint32_t)number;
    return good && number >= o->low && number <= o->high;
}

/* Sets one NAME=VALUE. Returns NULL, or what to give instead, to free. */
static char *options_tune_one(struct host *host, const char *text,
                              bool tuned[MODEL_OPTIONS_MAX])
{
    const struct model_option *o = host->model->options;
    const size_t length = strcspn(text, "=");
    struct text all = {0};
    size_t i = 0;
    for (; o[i].name; i++) {
        if (strlen(o[i].name) == length && !memcmp(o[i].name, text, length))
            break;
        text_add(&all, "%s%s", i ? ", " : "its options are ", o[i].name);
    }
    if (!o[i].name && i == 0)
        text_add(&all, "it has no options");
    if (!o[i].name)
        return text_take(&all);
    free(all.data);
    if (tuned[i])
        return text_copy("the option is given twice; give it once");
    tuned[i] = true;
    if (text[length] == '=' &&
        options_read_value(&o[i], text + length + 1, &host->srv.tuning[i]))
        return NULL;
    if (!o[i].words)
        return text_make("give %s=N with N from %lu to %lu", o[i].name,
                         (unsigned long)o[i].low, (unsigned long)o[i].high);
    char *words = options_words(&o[i], ", ");
    char *hint = text_make("give %s=WORD, one of %s", o[i].name, words);
    free(words);
    return hint;
}

static bool options_tune(struct host *host)
{
    const struct io_model *m = host->model;
    bool tuned[MODEL_OPTIONS_MAX] = {false};
    for (size_t i = 0; m->options[i].name; i++)
        host->srv.tuning[i] = m->options[i].preset;
    for (size_t i = 0; i < options.tune.count; i++) {
        const char *text = options.tune.text[i];
        char *hint = options_tune_one(host, text, tuned);
        if (!hint)
            continue;
        json_lines_error(true, 0, hint, "--tune %.200s does not fit model %s",
                         text, m->name);
        free(hint);
        return false;
    }
    return true;
}

cJSON *options_tuning(const struct host *host)
{
    cJSON *tuning = cJSON_CreateObject();
    const struct model_option *o = host->model->options;
    for (size_t i = 0; o[i].name; i++)
        cJSON_AddItemToObject(tuning, o[i].name,
                              options_value_json(&o[i], host->srv.tuning[i]));
    return tuning;
}

/* --- the whole ---------------------------------------------------------- */

static uint32_t options_least(uint64_t requested, uint32_t limit)
{
    return limit && limit < requested ? limit : (uint32_t)requested;
}

/* Those of each connection. */
static uint32_t options_outstanding(const struct io_model *m)
{
    if (m->max_outstanding == 0)
        return 1;
    if (options.outstanding == OPTION_UNSET)
        return options_least(OPTIONS_OUTSTANDING, m->max_outstanding);
    return (uint32_t)options.outstanding;
}

static bool options_check_outstanding(const struct io_model *m)
{
    const uint32_t most = m->max_outstanding ? m->max_outstanding : 1;
    if (options.outstanding == OPTION_UNSET || options.outstanding <= most)
        return true;
    json_lines_error(true, 0,
                     most == 1 ? "leave it out, or choose a model that has "
                                 "several transfers, such as iocp_ordered"
                               : "give fewer",
                     "--outstanding %lu: a connection of model %s has %lu at "
                     "most",
                     (unsigned long)options.outstanding, m->name,
                     (unsigned long)most);
    return false;
}

static bool options_serves(const struct io_model *m)
{
    const bool file = m->service == SERVICE_FILE;
    if (service_is_file(options.service) != file)
        json_lines_error(true, 0,
                         file ? "give --service file"
                              : "leave it out, or choose a model that sends "
                                "files, such as iocp_file",
                         "--service %s does not fit model %s, whose service is "
                         "%s",
                         file ? "echo" : "file", m->name,
                         options_services[m->service]);
    else if (file && options.buffer_bytes < SERVICE_REQUEST)
        json_lines_error(true, 0, "give more",
                         "--buffer %llu has no room for a request of %d bytes",
                         (unsigned long long)options.buffer_bytes,
                         SERVICE_REQUEST);
    else
        return true;
    return false;
}

/* Before options_fill. */
static bool options_lend(struct host *host)
{
    const struct io_model *m = host->model;
    if (!m->borrows && options.pool) {
        json_lines_error(true, 0, "leave --pool out for this model",
                         "--pool %s does not fit model %s, which keeps a "
                         "buffer for each connection",
                         options.pool, m->name);
        return false;
    }
    if (options.buffer_offset != OPTION_UNSET && options.pool &&
        !strcmp(options.pool, "heap")) {
        json_lines_error(true, 0, "leave one of them out",
                         "--buffer-offset does not fit --pool heap, where the "
                         "heap decides");
        return false;
    }
    if (m->borrows)
        host->options.pool = options.pool && !strcmp(options.pool, "heap")
                                 ? POOL_HEAP
                                 : POOL_LOOKASIDE;
    return true;
}

static void options_fill(struct host *host)
{
    const struct io_model *m = host->model;
    const uint32_t transfers = options_outstanding(m);
    /* Address space only, but Wine keeps a byte for each page of it. */
    const uint64_t fit =
        ((uint64_t)32 << 30) / (options.buffer_bytes * transfers);
    uint64_t conns = options.max_connections, threads = options.server_threads;
    if (conns == OPTION_UNSET)
        conns = fit < OPTIONS_CONNS ? fit : OPTIONS_CONNS;
    if (threads == OPTION_UNSET)
        threads = machine_usable_processors();
    host->srv.threads = options_least(threads, m->max_threads);
    host->srv.max_conns = options_least(conns, m->max_conns);
    host->srv.buffer_size = (uint32_t)options.buffer_bytes;
    host->srv.outstanding = transfers;
    host->sample_ms = (uint32_t)options.sample_ms;
    host->file_bytes = m->service == SERVICE_FILE ? options.file_bytes : 0;
    host->options = (struct host_options){
        .nodelay = (uint32_t)options.nodelay,
        .sndbuf = (uint32_t)options.sndbuf_bytes,
        .rcvbuf = (uint32_t)options.rcvbuf_bytes,
        .backlog = (uint32_t)options.backlog,
        .pool = host->options.pool,
        .buffer_offset = (uint32_t)options.buffer_offset,
        .ladder = options.shortage && !strcmp(options.shortage, "ladder"),
        .guard = options.guard,
    };
    uint64_t *limits = host->options.working_set;
    if (options.working_set)
        option_working_set(options.working_set, &limits[0], &limits[1]);
    if (options.work)
        option_work(options.work, &host->options.work);
}

enum args_result options_read(int argc, char **argv, struct host *host)
{
    struct arg args[OPTION_ROWS];
    const struct arg_command command = {
        "iomodels-server --model NAME [--listen ADDR:PORT] [OPTION...]",
        "Serves with one I/O model, until standard input says 'stop' or "
        "ends.",
        args, 0};
    option_defaults(&options, OPTION_SERVER);
    option_args(&options, OPTION_SERVER, args);
    enum args_result result = args_parse(&command, argc, argv);
    if (result != ARGS_GO)
        return result;
    if (options.list) {
        if (options.json)
            options_list_json();
        else
            options_list();
        return ARGS_HELP;
    }
    char *wrong = option_wrong_text(&options);
    if (wrong) {
        complain("%s", wrong);
        free(wrong);
        return ARGS_BAD;
    }
    host->model = options_find_model(options.model);
    if (!host->model || !options_serves(host->model) ||
        !options_check_outstanding(host->model) || !options_tune(host) ||
        !options_lend(host) || !listener_parse(options.listen, &host->address))
        return ARGS_BAD;
    options_fill(host);
    return ARGS_GO;
}
