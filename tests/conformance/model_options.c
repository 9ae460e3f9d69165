#include "model_options.h"

#include <stdio.h>
#include <string.h>
#include "fixture.h"

static void model_options_read(struct model_options *k, const cJSON *model)
{
    const cJSON *item;
    uint64_t most = json_count(model, "max_threads");
    k->max_threads = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
    cJSON_ArrayForEach (item, cJSON_GetObjectItem(model, "options")) {
        struct tuned_option *option = &k->option[k->count];
        const char *name =
            cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
        require(name && k->count < MODEL_OPTIONS_MAX &&
                    strlen(name) < MODEL_OPTIONS_NAME,
                "`--list --json` has a strange option");
        snprintf(option->name, sizeof option->name, "%s", name);
        option->preset = (uint32_t)json_count(item, "preset");
        option->low = (uint32_t)json_count(item, "low");
        option->high = (uint32_t)json_count(item, "high");
        k->count++;
    }
}

const struct model_options *model_options_of(const char *path, const char *name)
{
    static struct model_options options;
    static const char *known;
    struct server server;
    cJSON *list;
    const cJSON *model;
    if (known == name)
        return &options;
    if (!server_run(&server, path, "--list --json")) {
        server_close(&server);
        require(false, "`--list --json` does not run");
    }
    list = server_next(&server, SERVER_START_MS);
    server_close(&server);
    options = (struct model_options){0};
    cJSON_ArrayForEach (model, cJSON_GetObjectItem(list, "models")) {
        const char *its =
            cJSON_GetStringValue(cJSON_GetObjectItem(model, "name"));
        if (its && !strcmp(its, name)) {
            model_options_read(&options, model);
            known = name;
        }
    }
    cJSON_Delete(list);
    require(known == name, "`--list --json` lacks the model");
    return &options;
}
