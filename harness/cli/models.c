/* The models that --model and --models take: by name, family or pattern. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "common/errors.h"
#include "model_list.h"

static const struct {
    const char *name, *family;
} models[] = {
#define MODEL(name, family) {#name, #family},
    MODELS
#undef MODEL
};
enum { MODELS_KNOWN = sizeof models / sizeof *models };

/* A '*' of the pattern stands for any characters. */
static bool models_match(const char *pattern, const char *name)
{
    for (; *pattern != '*'; pattern++, name++) {
        if (*pattern != *name)
            return false;
        if (*name == '\0')
            return true;
    }
    for (; *name != '\0'; name++)
        if (models_match(pattern + 1, name))
            return true;
    return models_match(pattern + 1, name);
}

static bool models_is_name(const char *item)
{
    size_t i = 0;
    while (i < MODELS_KNOWN && strcmp(models[i].name, item) != 0)
        i++;
    return i < MODELS_KNOWN;
}

static bool models_unknown(const struct options *o, const char *option,
                           const char *item)
{
    const char *names[2 * MODELS_KNOWN + 2] = {NULL}, *family = "";
    char what[48];
    size_t n = 0;
    for (size_t i = 0; i < MODELS_KNOWN; i++)
        names[n++] = models[i].name;
    for (size_t i = 0; i < MODELS_KNOWN && o->preset->many; i++) {
        if (strcmp(models[i].family, family) != 0 &&
            !models_is_name(models[i].family))
            names[n++] = models[i].family;
        family = models[i].family;
    }
    if (o->preset->many)
        names[n++] = "all";
    snprintf(what, sizeof what, "%s: there is no model", option);
    args_unknown_name(what, item, names);
    return false;
}

bool models_add(struct options *o, const char *option, const char *item)
{
    /* The port is a model and a family: the name means the model. */
    const bool one = models_is_name(item) || !o->preset->many;
    bool any = false;
    for (size_t i = 0; i < MODELS_KNOWN; i++) {
        const char *name = models[i].name;
        size_t at = 0;
        if (one ? strcmp(item, name) != 0
                : strcmp(item, "all") != 0 &&
                      strcmp(item, models[i].family) != 0 &&
                      !models_match(item, name))
            continue;
        any = true;
        while (o->models[at] != NULL && o->models[at] != name)
            at++;
        if (o->models[at] != NULL && one)
            return options_twice(option, item);
        o->models[at] = name;
    }
    return any || models_unknown(o, option, item);
}
