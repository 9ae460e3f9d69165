#include "server/registry.h"
#include "common/args.h"
#include "common/json_lines.h"
#include "model_list.h"
#include <stdio.h>
#include <string.h>

enum { REGISTRY_MAX = 64, REGISTRY_TEXT = 1024 };

#define MODEL(name) extern const struct io_model model_##name;
MODELS
#undef MODEL

const struct io_model *const registry_models[] = {
#define MODEL(name) &model_##name,
    MODELS
#undef MODEL
        NULL};

char *registry_names(char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; at < size && registry_models[i]; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "",
                               registry_models[i]->name);
    return text;
}

static void registry_unknown(const char *name)
{
    const char *names[REGISTRY_MAX + 1] = {NULL};
    for (size_t i = 0; i < REGISTRY_MAX && registry_models[i]; i++)
        names[i] = registry_models[i]->name;
    const char *nearest = args_nearest(name, names);
    char all[REGISTRY_TEXT], what[256], hint[REGISTRY_TEXT + 128];
    snprintf(what, sizeof what, "there is no model \"%.100s\"", name);
    snprintf(hint, sizeof hint, "%s%s%sthe models are %s",
             nearest ? "did you mean " : "", nearest ? nearest : "",
             nearest ? "? " : "", registry_names(all, sizeof all));
    json_lines_error(true, what, 0, hint);
}

const struct io_model *registry_find(const char *name)
{
    for (size_t i = 0; registry_models[i]; i++)
        if (strcmp(registry_models[i]->name, name) == 0)
            return registry_models[i];
    registry_unknown(name);
    return NULL;
}

static void registry_add_limit(cJSON *to, const char *key, uint32_t value)
{
    if (value)
        json_add_count(to, key, value);
    else
        cJSON_AddNullToObject(to, key);
}

static cJSON *registry_options(const struct model_option *o)
{
    cJSON *options = cJSON_CreateArray();
    for (; o && o->name; o++) {
        cJSON *option = cJSON_CreateObject();
        cJSON_AddStringToObject(option, "name", o->name);
        json_add_count(option, "preset", o->preset);
        json_add_count(option, "low", o->low);
        json_add_count(option, "high", o->high);
        cJSON_AddStringToObject(option, "summary", o->summary);
        cJSON_AddItemToArray(options, option);
    }
    return options;
}

static void registry_print_json(void)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *models = cJSON_AddArrayToObject(root, "models");
    for (size_t i = 0; registry_models[i]; i++) {
        const struct io_model *m = registry_models[i];
        cJSON *model = cJSON_CreateObject();
        cJSON_AddStringToObject(model, "name", m->name);
        cJSON_AddStringToObject(model, "summary", m->summary);
        cJSON_AddStringToObject(model, "ceiling", m->ceiling);
        registry_add_limit(model, "max_connections", m->max_conns);
        registry_add_limit(model, "max_threads", m->max_threads);
        registry_add_limit(model, "connections_per_thread",
                           m->conns_per_thread);
        cJSON_AddItemToObject(model, "options", registry_options(m->options));
        cJSON_AddItemToArray(models, model);
    }
    json_lines_write(root);
}

void registry_print(bool json)
{
    if (json) {
        registry_print_json();
        return;
    }
    for (size_t i = 0; registry_models[i]; i++) {
        const struct io_model *m = registry_models[i];
        const struct model_option *o = m->options;
        printf("%-13s %s\n%13s ceiling: %s\n", m->name, m->summary, "",
               m->ceiling);
        for (; o && o->name; o++)
            printf("%13s --tune %s=%lu (%lu to %lu): %s\n", "", o->name,
                   (unsigned long)o->preset, (unsigned long)o->low,
                   (unsigned long)o->high, o->summary);
    }
}
