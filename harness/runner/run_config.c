#include "runner/run_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/fields.h"

void run_config_defaults(struct run_config *s)
{
    memset(s, 0, sizeof *s);
    option_defaults(&s->values, OPTION_RUN);
    s->budget_base_us = 20000000;
    s->budget_each_us = 10000;
}

size_t run_config_args_of_programs(struct run_config *s, struct arg *args)
{
    /* ARG_LAST: ./run puts its own before the user's. */
    const struct arg programs[] = {
        {"--server", ARG_LAST, &s->server, 0, 0, "PATH",
         "server program [iomodels-server.exe of the same build]"},
        {"--server-via", ARG_LAST, &s->server_via, 0, 0, "WORDS",
         "launcher of the server [wine for an .exe on Linux]"},
        {"--load", ARG_LAST, &s->load, 0, 0, "PATH",
         "program of the load generator [this one]"},
        {"--load-via", ARG_EACH, &s->load_via, 0, 0, "WORDS",
         "launcher of the load generator, repeatable: each starts one, and "
         "they "
         "share the connections [none]"}};
    memcpy(args, programs, sizeof programs);
    return sizeof programs / sizeof *programs;
}

size_t run_config_args(struct run_config *s, struct arg args[RUN_CONFIG_ARGS])
{
    size_t n = option_args(&s->values, OPTION_RUN, args);
    return n + run_config_args_of_programs(s, args + n);
}

/* A text of --tune, [MODEL:]NAME=VALUE. */
struct run_config_tuning {
    const char *setting; /* NAME=VALUE */
    size_t name;         /* its length */
    const char *value;
    bool is_number;
    uint64_t number;
};

/* A word as struct model_option has them; the server knows which. */
static bool run_config_is_word(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
    return text[0] >= 'a' && text[0] <= 'z' && text[length] == '\0';
}

/* False when it is for another model (NULL: whatever model), or is malformed.
 */
static bool run_config_tuning(const char *text, const char *model,
                              struct run_config_tuning *t)
{
    const char *colon = strchr(text, ':');
    t->setting = colon != NULL ? colon + 1 : text;
    t->name = strcspn(t->setting, "=");
    if (model != NULL && colon != NULL &&
        (strlen(model) != (size_t)(colon - text) ||
         memcmp(model, text, (size_t)(colon - text)) != 0))
        return false;
    if (t->name == 0 || t->setting[t->name] != '=')
        return false;
    t->value = t->setting + t->name + 1;
    t->is_number = number_read(NUMBER_COUNT, t->value, &t->number);
    return t->is_number || run_config_is_word(t->value);
}

static bool run_config_check_tuning(const struct arg_list *list, size_t at,
                                    const char *const *models)
{
    const char *text = list->text[at];
    int model = (int)strcspn(text, ":");
    struct run_config_tuning t, other;
    bool used = false;
    if (!run_config_tuning(text, NULL, &t)) {
        complain("--tune: '%s' is not NAME=VALUE with a whole number or a "
                 "word; iomodels models lists them",
                 text);
        return false;
    }
    for (; *models != NULL; models++) {
        if (!run_config_tuning(text, *models, &t))
            continue;
        used = true;
        for (size_t i = 0; i < at; i++)
            if (run_config_tuning(list->text[i], *models, &other) &&
                t.name == other.name &&
                memcmp(t.setting, other.setting, t.name) == 0) {
                complain("--tune: %.*s is given twice for %s; give it once",
                         (int)t.name, t.setting, *models);
                return false;
            }
    }
    if (!used)
        complain("--tune: '%s' is for %.*s, which is not run; leave it out, or "
                 "add %.*s to the models",
                 text, model, text, model, text);
    return used;
}

uint32_t run_config_launchers(const struct run_config *s)
{
    return s->load_via.count > 0 ? (uint32_t)s->load_via.count : 1;
}

/* The number before the colon; 0: there is none. */
static uint32_t run_config_starts(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 5 && text[digits] == ':'
               ? (uint32_t)strtoul(text, NULL, 10)
               : 0;
}

struct run_launcher run_config_launcher(const struct run_config *s,
                                        uint32_t index)
{
    struct run_launcher launcher = {"", 0, 1};
    for (uint32_t i = 0; i <= index && i < s->load_via.count; i++) {
        const char *text = s->load_via.text[i];
        const uint32_t starts = run_config_starts(text);
        launcher.first += i > 0 ? launcher.count : 0;
        launcher.count = starts > 0 ? starts : 1;
        launcher.words = starts > 0 ? strchr(text, ':') + 1 : text;
    }
    return launcher;
}

uint32_t run_config_loads(const struct run_config *s)
{
    const struct run_launcher last =
        run_config_launcher(s, run_config_launchers(s) - 1);
    return last.first + last.count;
}

static bool run_config_check_launcher(const char *option, const char *via)
{
    struct words words = {0};
    bool good = words_split(&words, via);
    words_free(&words);
    if (!good)
        complain("%s: '%s' has a quote that does not close; close it, or leave "
                 "it out if no word has blanks in it",
                 option, via);
    return good;
}

static bool run_config_check_loads(const struct run_config *s)
{
    const uint32_t loads = run_config_loads(s);
    const char *list = s->values.local_addresses;
    bool good = true;
    if (run_config_launchers(s) > RUN_CONFIG_LAUNCHERS_MAX ||
        loads > RUN_CONFIG_LOADS_MAX) {
        complain("--load-via: more than %d launchers or %d load generators; "
                 "give fewer, or launchers that start several (N:WORDS)",
                 RUN_CONFIG_LAUNCHERS_MAX, RUN_CONFIG_LOADS_MAX);
        return false;
    }
    char *part = list != NULL ? option_list_part(list, 0, loads) : NULL;
    if (part != NULL && part[0] == '\0') {
        complain("--local-addresses: there are fewer than the %lu load "
                 "generators (--load-via), which share them; give one each",
                 (unsigned long)loads);
        good = false;
    }
    free(part);
    for (uint32_t i = 0; i < run_config_launchers(s) && good; i++)
        good = run_config_check_launcher("--load-via",
                                         run_config_launcher(s, i).words);
    return good;
}

bool run_config_check(const struct run_config *s, const char *const *models)
{
    if (!run_config_check_loads(s) ||
        (s->server_via != NULL &&
         !run_config_check_launcher("--server-via", s->server_via)))
        return false;
    char *wrong = option_wrong_text(&s->values);
    if (wrong != NULL) {
        complain("%s", wrong);
        free(wrong);
        return false;
    }
    for (size_t i = 0; i < s->values.tune.count; i++)
        if (!run_config_check_tuning(&s->values.tune, i, models))
            return false;
    return true;
}

uint64_t run_config_budget_us(const struct run_config *s,
                              const struct run_spec *run)
{
    if (s->values.connect_budget_us != OPTION_UNSET)
        return s->values.connect_budget_us;
    return s->budget_base_us + s->budget_each_us * run->connections;
}

static uint64_t run_config_number(const struct run_config *s,
                                  const struct run_spec *run,
                                  const struct option *option)
{
    if (option->offset == offsetof(struct option_values, connect_budget_us))
        return run_config_budget_us(s, run);
    if (option->offset == offsetof(struct option_values, rate) &&
        s->bound != NULL)
        return run->offered > 0
                   ? number_whole(fmax(
                         run->offered * (double)s->values.message_bytes, 1))
                   : OPTION_UNSET;
    return *(const uint64_t *)option_field(option, &s->values);
}

static const char *run_config_text(const struct run_config *s,
                                   const struct run_spec *run,
                                   const struct option *option)
{
    if (s->bound != NULL && run->offered <= 0) {
        if (option->offset == offsetof(struct option_values, pattern))
            return "echo";
        if (option->offset == offsetof(struct option_values, arrivals))
            return NULL;
    }
    return *(const char *const *)option_field(option, &s->values);
}

/* What a run and the program both know. */
static void run_config_add_options(const struct run_config *s,
                                   const struct run_spec *run, int program,
                                   struct words *words)
{
    struct run_config_tuning t;
    for (const struct option *o = option_table; o->name != NULL; o++) {
        if ((o->programs & OPTION_RUN) == 0 || (o->programs & program) == 0)
            continue;
        if (o->kind == ARG_EACH) {
            for (size_t i = 0; i < s->values.tune.count; i++)
                if (run_config_tuning(s->values.tune.text[i], run->model, &t)) {
                    words_add(words, o->name);
                    words_add(words, t.setting);
                }
        } else if (option_is_number(o)) {
            uint64_t number = run_config_number(s, run, o);
            if (number == OPTION_UNSET)
                continue;
            words_add(words, o->name);
            words_take(words, text_make("%" PRIu64 "%s", number,
                                        o->kind == ARG_TIME ? "us" : ""));
        } else if (run_config_text(s, run, o) != NULL) {
            words_add(words, o->name);
            words_add(words, run_config_text(s, run, o));
        }
    }
}

void run_config_list_argv(const struct run_config *s, bool json,
                          struct words *words)
{
    words_split(words, s->server_via);
    words_add(words, s->server);
    words_add(words, "--list");
    if (json)
        words_add(words, "--json");
}

void run_config_server_argv(const struct run_config *s,
                            const struct run_spec *run, struct words *words)
{
    words_split(words, s->server_via);
    words_add(words, s->server);
    words_add(words, "--model");
    words_add(words, run->model);
    run_config_add_options(s, run, OPTION_SERVER, words);
}

/* A wildcard is where the server listens, not where one connects to. */
void run_config_address(const struct run_config *s, const cJSON *listening,
                        char *text, size_t size)
{
    const char *host = record_text(listening, "/address");
    const double port = record_number_or(listening, "/port", 0);
    if (strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "::") == 0)
        host = "::1";
    if (s->values.target != NULL)
        host = s->values.target;
    const char *form =
        strchr(host, ':') != NULL && host[0] != '[' ? "[%s]:%.0f" : "%s:%.0f";
    snprintf(text, size, form, host, port);
}

void run_config_load_argv(const struct run_config *s,
                          const struct run_spec *run, uint32_t launcher,
                          const char *address, struct words *words)
{
    const struct run_launcher starts = run_config_launcher(s, launcher);
    words_split(words, starts.words);
    words_add(words, s->load);
    words_add(words, "load");
    words_add(words, "--json-stream");
    words_add(words, "--target");
    words_add(words, address);
    words_add(words, "--connections");
    words_take(words, text_make("%" PRIu32, run->connections));
    words_add(words, "--seed");
    words_take(words, text_make("%" PRIu64, run->seed));
    if (run->load_threads != 0) {
        words_add(words, "--threads");
        words_take(words, text_make("%" PRIu32, run->load_threads));
    }
    run_config_add_options(s, run, OPTION_LOAD, words);
    if (run_config_loads(s) > 1) {
        words_add(words, "--generators");
        words_take(words, text_make("%" PRIu32, run_config_loads(s)));
        words_add(words, "--rank");
        words_take(words, text_make("%" PRIu32, starts.first));
    }
    if (starts.count > 1) {
        words_add(words, "--ranks");
        words_take(words, text_make("%" PRIu32, starts.count));
    }
}

static cJSON *run_config_json_launcher(const char *via)
{
    if (via == NULL || via[strspn(via, " \t")] == '\0')
        return cJSON_CreateNull();
    return cJSON_CreateString(via + strspn(via, " \t"));
}

/* Of several, a list. */
static cJSON *run_config_json_launchers(const struct run_config *s)
{
    if (run_config_launchers(s) > 1)
        return cJSON_CreateStringArray(s->load_via.text,
                                       (int)s->load_via.count);
    return run_config_json_launcher(s->load_via.count > 0 ? s->load_via.text[0]
                                                          : "");
}

static cJSON *run_config_json_tuning(const struct arg_list *list,
                                     const char *model)
{
    cJSON *tuning = cJSON_CreateObject();
    struct run_config_tuning t;
    for (size_t i = 0; i < list->count; i++) {
        char name[64];
        if (!run_config_tuning(list->text[i], model, &t))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)t.name, t.setting);
        cJSON_AddItemToObject(tuning, name,
                              t.is_number ? cJSON_CreateNumber((double)t.number)
                                          : cJSON_CreateString(t.value));
    }
    return tuning;
}

static cJSON *run_config_json_addresses(const char *list)
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

static cJSON *run_config_json_option(const struct run_config *s,
                                     const struct run_spec *run,
                                     const struct option *option)
{
    if (option->kind == ARG_EACH)
        return run_config_json_tuning(&s->values.tune, run->model);
    if (option_is_number(option)) {
        uint64_t number = run_config_number(s, run, option);
        double unit = option->kind == ARG_TIME ? 1e6 : 1;
        return number == OPTION_UNSET
                   ? cJSON_CreateNull()
                   : cJSON_CreateNumber((double)number / unit);
    }
    const char *text = run_config_text(s, run, option);
    if (option->offset == offsetof(struct option_values, local_addresses))
        return run_config_json_addresses(text);
    return text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull();
}

cJSON *run_config_requested(const struct run_config *s,
                            const struct run_spec *run)
{
    cJSON *asked = cJSON_CreateObject();
    cJSON_AddStringToObject(asked, "model", run->model);
    cJSON_AddNumberToObject(asked, "connections", run->connections);
    for (const struct option *o = option_table; o->name != NULL; o++)
        if (o->key != NULL)
            cJSON_AddItemToObject(asked, o->key,
                                  run_config_json_option(s, run, o));
    if (s->bound != NULL) {
        cJSON *bound = cJSON_AddObjectToObject(asked, "bound");
        cJSON_AddStringToObject(bound, "quantile", s->bound);
        cJSON_AddNumberToObject(bound, "us", (double)s->bound_us);
    }
    cJSON_AddItemToObject(asked, "server_via",
                          run_config_json_launcher(s->server_via));
    cJSON_AddItemToObject(asked, "load_via", run_config_json_launchers(s));
    if (run_config_loads(s) > 1)
        cJSON_AddNumberToObject(asked, "generators", run_config_loads(s));
    cJSON_AddNumberToObject(asked, "seed", (double)run->seed);
    cJSON_AddNumberToObject(asked, "plan_seed", (double)run->plan_seed);
    cJSON_AddNumberToObject(asked, "repeat", run->repeat);
    cJSON_AddNumberToObject(asked, "repeats", run->repeats);
    cJSON_AddNumberToObject(asked, "place", (double)run->place);
    cJSON_AddNumberToObject(asked, "places", (double)run->places);
    return asked;
}
