#include "runner/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"

void setup_defaults(struct setup *s)
{
    memset(s, 0, sizeof *s);
    option_defaults(&s->values, OPTION_RUN);
    s->values.io_timeout_us = 20000000;
    s->budget_base_us = 20000000;
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

size_t setup_args_of_programs(struct setup *s, struct arg *args)
{
    size_t n = 0;
    args[n++] =
        setup_program("--server", &s->server, "PATH",
                      "iomodels-server.exe [built beside this program]");
    args[n++] = setup_program("--server-via", &s->server_via, "WORDS",
                              "launcher of the server [wine for an .exe on "
                              "Linux]");
    args[n++] = setup_program("--load", &s->load, "PATH",
                              "program of the load generator [this one]");
    args[n++] = setup_program("--load-via", &s->load_via, "WORDS",
                              "launcher of the load generator [none]");
    return n;
}

size_t setup_args(struct setup *s, struct arg args[SETUP_ARGS])
{
    size_t n = option_args(&s->values, OPTION_RUN, args);
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

/* How many of the settings are of this option of the model. */
static size_t setup_count_tuning(const struct setup *s, const char *model,
                                 const char *option, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < s->values.tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        count += setup_tuning(s->values.tune.text[i], model, &setting, &name,
                              &value) &&
                 name == length && memcmp(setting, option, length) == 0;
    }
    return count;
}

static bool setup_tuned_once(const struct setup *s, const char *model)
{
    for (size_t i = 0; i < s->values.tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        if (!setup_tuning(s->values.tune.text[i], model, &setting, &name,
                          &value) ||
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
    while (patterns[i] != NULL && strcmp(patterns[i], s->values.pattern) != 0)
        i++;
    if (patterns[i] == NULL) {
        complain("--pattern: '%s' is unknown; give echo, stream, paced, "
                 "churn, idle or mixed",
                 s->values.pattern);
        return false;
    }
    if (strcmp(s->values.pattern, "paced") == 0 &&
        (s->values.rate == OPTION_UNSET || s->values.rate == 0)) {
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
    for (i = 0; i < s->values.tune.count; i++)
        if (!setup_check_tuning(s->values.tune.text[i], models))
            return false;
    for (; *models != NULL; models++)
        if (!setup_tuned_once(s, *models))
            return false;
    return true;
}

uint64_t setup_budget_us(const struct setup *s, const struct setup_run *run)
{
    if (s->values.connect_budget_us != OPTION_UNSET)
        return s->values.connect_budget_us;
    return s->budget_base_us + s->budget_each_us * run->connections;
}

static uint64_t setup_number(const struct setup *s, const struct setup_run *run,
                             const struct option *option)
{
    if (option->offset == offsetof(struct option_values, connect_budget_us))
        return setup_budget_us(s, run);
    return option_number(option, &s->values);
}

static void setup_add_tuning(const struct setup *s, const char *model,
                             struct words *words)
{
    for (size_t i = 0; i < s->values.tune.count; i++) {
        const char *setting;
        size_t name;
        uint64_t value;
        if (!setup_tuning(s->values.tune.text[i], model, &setting, &name,
                          &value))
            continue;
        words_add(words, "--tune");
        words_add(words, setting);
    }
}

/* What a run and the program both know. */
static void setup_add_options(const struct setup *s,
                              const struct setup_run *run, int program,
                              struct words *words)
{
    for (const struct option *o = option_table; o->name != NULL; o++) {
        if ((o->programs & OPTION_RUN) == 0 || (o->programs & program) == 0)
            continue;
        if (o->kind == ARG_EACH) {
            setup_add_tuning(s, run->model, words);
        } else if (option_is_number(o)) {
            uint64_t number = setup_number(s, run, o);
            if (number == OPTION_UNSET)
                continue;
            words_add(words, o->name);
            words_addf(words, "%" PRIu64 "%s", number,
                       o->kind == ARG_TIME ? "us" : "");
        } else if (option_text(o, &s->values) != NULL) {
            words_add(words, o->name);
            words_add(words, option_text(o, &s->values));
        }
    }
}

void setup_server_words(const struct setup *s, const struct setup_run *run,
                        struct words *words)
{
    words_split(words, s->server_via);
    words_add(words, s->server);
    words_add(words, "--model");
    words_add(words, run->model);
    setup_add_options(s, run, OPTION_SERVER, words);
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
    words_add(words, "--seed");
    words_addf(words, "%" PRIu64, run->seed);
    setup_add_options(s, run, OPTION_LOAD, words);
}

static void setup_put_launcher(cJSON *asked, const char *key, const char *via)
{
    if (via != NULL)
        via += strspn(via, " \t");
    if (via != NULL && *via != '\0')
        cJSON_AddStringToObject(asked, key, via);
    else
        cJSON_AddNullToObject(asked, key);
}

static cJSON *setup_asked_tuning(const struct setup *s, const char *model)
{
    cJSON *tuning = cJSON_CreateObject();
    for (size_t i = 0; i < s->values.tune.count; i++) {
        const char *setting;
        size_t length;
        uint64_t value;
        char name[64];
        if (!setup_tuning(s->values.tune.text[i], model, &setting, &length,
                          &value))
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

static cJSON *setup_asked_option(const struct setup *s,
                                 const struct setup_run *run,
                                 const struct option *option)
{
    if (option->kind == ARG_EACH)
        return setup_asked_tuning(s, run->model);
    if (option_is_number(option)) {
        uint64_t number = setup_number(s, run, option);
        double unit = option->kind == ARG_TIME ? 1e6 : 1;
        return number == OPTION_UNSET
                   ? cJSON_CreateNull()
                   : cJSON_CreateNumber((double)number / unit);
    }
    const char *text = option_text(option, &s->values);
    if (option->offset == offsetof(struct option_values, local_addresses))
        return setup_asked_addresses(text);
    return text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull();
}

cJSON *setup_asked(const struct setup *s, const struct setup_run *run)
{
    cJSON *asked = cJSON_CreateObject();
    if (asked == NULL)
        die("cJSON_CreateObject");
    cJSON_AddStringToObject(asked, "model", run->model);
    cJSON_AddNumberToObject(asked, "connections", run->connections);
    for (const struct option *o = option_table; o->name != NULL; o++)
        if (o->key != NULL)
            cJSON_AddItemToObject(asked, o->key, setup_asked_option(s, run, o));
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
