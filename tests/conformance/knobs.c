#include "knobs.h"

#include <stdio.h>
#include <string.h>
#include "fixture.h"

static void knobs_read(struct knobs *k, const cJSON *model)
{
    const cJSON *option;
    uint64_t most = json_count(model, "max_threads");
    k->max_threads = most > UINT32_MAX ? UINT32_MAX : (uint32_t)most;
    cJSON_ArrayForEach (option, cJSON_GetObjectItem(model, "options")) {
        struct knob *knob = &k->knob[k->count];
        const char *name =
            cJSON_GetStringValue(cJSON_GetObjectItem(option, "name"));
        require(name && k->count < KNOBS_MAX && strlen(name) < KNOBS_NAME,
                "`--list --json` has a strange option");
        snprintf(knob->name, sizeof knob->name, "%s", name);
        knob->preset = (uint32_t)json_count(option, "preset");
        knob->low = (uint32_t)json_count(option, "low");
        knob->high = (uint32_t)json_count(option, "high");
        k->count++;
    }
}

const struct knobs *knobs_of(const char *path, const char *name)
{
    static struct knobs knobs;
    static const char *known;
    struct server server;
    cJSON *list;
    const cJSON *model;
    if (known == name)
        return &knobs;
    if (!server_run(&server, path, "--list --json")) {
        server_close(&server);
        require(false, "`--list --json` does not run");
    }
    list = server_next(&server, SERVER_START_MS);
    server_close(&server);
    knobs = (struct knobs){0};
    cJSON_ArrayForEach (model, cJSON_GetObjectItem(list, "models")) {
        const char *its =
            cJSON_GetStringValue(cJSON_GetObjectItem(model, "name"));
        if (its && !strcmp(its, name)) {
            knobs_read(&knobs, model);
            known = name;
        }
    }
    cJSON_Delete(list);
    require(known == name, "`--list --json` does not tell of it");
    return &knobs;
}
