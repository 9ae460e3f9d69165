#include "cli/plan_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/options.h"
#include "results/record_file.h"

static const char plan_file_name[] = "plan.json";
static const char plan_file_schema[] = "iomodels/plan";

/* Version 1 kept the arguments as they were typed. */
enum { PLAN_FILE_SCHEMA_VERSION = 2 };
#define PLAN_FILE_NUMBER_MAX (UINT64_C(1) << 53) /* exact in JSON */

/* The folder is where the plan lies. */
static bool plan_file_keeps(const struct arg *arg)
{
    return strcmp(arg->name, "--output") != 0 &&
           strcmp(arg->name, "--resume") != 0;
}

/* Sizes in bytes, times in microseconds; NULL: not given and no default. */
static cJSON *plan_file_value(const struct arg *arg)
{
    switch (arg->kind) {
    case ARG_FLAG:
        return cJSON_CreateBool(*(const bool *)arg->value);
    case ARG_TEXT:
    case ARG_LAST: {
        const char *text = *(const char *const *)arg->value;
        return text != NULL ? cJSON_CreateString(text) : NULL;
    }
    case ARG_SHARE: {
        double share = *(const double *)arg->value;
        return share >= 0 ? cJSON_CreateNumber(share) : NULL;
    }
    case ARG_EACH: {
        const struct arg_list *list = arg->value;
        return cJSON_CreateStringArray(list->text, (int)list->count);
    }
    case ARG_COUNT:
    case ARG_SIZE:
    case ARG_TIME:
        break;
    }
    uint64_t number = *(const uint64_t *)arg->value;
    return number != OPTION_UNSET ? cJSON_CreateNumber((double)number) : NULL;
}

uint32_t plan_file_write(const char *folder, const char *id,
                         const char *command, const struct arg *args)
{
    char now[CLOCK_ISO_SIZE];
    cJSON *plan = cJSON_CreateObject();
    clock_iso(now);
    cJSON_AddStringToObject(plan, "schema", plan_file_schema);
    cJSON_AddNumberToObject(plan, "schema_version", PLAN_FILE_SCHEMA_VERSION);
    cJSON_AddStringToObject(plan, "id", id);
    cJSON_AddStringToObject(plan, "command", command);
    cJSON_AddStringToObject(plan, "made_at", now);
    cJSON_AddStringToObject(plan, "version", IOMODELS_VERSION);
    cJSON *options = cJSON_AddObjectToObject(plan, "options");
    for (const struct arg *arg = args; arg->name != NULL; arg++)
        if (plan_file_keeps(arg))
            cJSON_AddItemToObject(options, arg->name + 2, plan_file_value(arg));
    char *text = json_print(plan);
    char *path = file_join(folder, plan_file_name);
    uint32_t error = file_write_new(path, text, strlen(text));
    cJSON_free(text);
    free(path);
    cJSON_Delete(plan);
    return error;
}

void plan_file_delete(const char *folder)
{
    char *path = file_join(folder, plan_file_name);
    file_delete(path);
    free(path);
}

static const char *plan_file_string(const cJSON *plan, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(plan, key));
}

/* False: not of the option's kind. */
static bool plan_file_take(const struct arg *arg, const cJSON *value)
{
    uint64_t high = arg->high != 0 ? arg->high : PLAN_FILE_NUMBER_MAX;
    struct arg_list *list = arg->value;
    const cJSON *each;
    switch (arg->kind) {
    case ARG_FLAG:
        *(bool *)arg->value = cJSON_IsTrue(value);
        return cJSON_IsBool(value);
    case ARG_TEXT:
    case ARG_LAST:
        *(const char **)arg->value = value->valuestring;
        return cJSON_IsString(value);
    case ARG_SHARE:
        *(double *)arg->value = value->valuedouble;
        return cJSON_IsNumber(value);
    case ARG_EACH:
        cJSON_ArrayForEach (each, value) {
            if (!cJSON_IsString(each) || list->count == ARG_LIST_MAX)
                return false;
            list->text[list->count++] = each->valuestring;
        }
        return cJSON_IsArray(value);
    case ARG_COUNT:
    case ARG_SIZE:
    case ARG_TIME:
        break;
    }
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= (double)arg->low) ||
        value->valuedouble > (double)high)
        return false;
    *(uint64_t *)arg->value = (uint64_t)value->valuedouble;
    return true;
}

static bool plan_file_given(const char *option, int argc, char **argv)
{
    size_t length = strlen(option);
    for (int at = 1; at < argc; at++)
        if (strcspn(argv[at], "=") == length &&
            memcmp(argv[at], option, length) == 0)
            return true;
    return false;
}

static bool plan_file_take_all(const cJSON *plan, const struct arg *args,
                               int argc, char **argv)
{
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(plan, "options");
    for (const struct arg *arg = args; arg->name != NULL; arg++) {
        const cJSON *value =
            cJSON_GetObjectItemCaseSensitive(options, arg->name + 2);
        if (value != NULL && plan_file_keeps(arg) &&
            !plan_file_given(arg->name, argc, argv) &&
            !plan_file_take(arg, value))
            return false;
    }
    return cJSON_IsObject(options);
}

static bool plan_file_fits(const cJSON *plan, const char *path,
                           const char *command)
{
    const char *schema = plan_file_string(plan, "schema");
    const char *made_by = plan_file_string(plan, "version");
    const char *made_for = plan_file_string(plan, "command");
    const cJSON *number =
        cJSON_GetObjectItemCaseSensitive(plan, "schema_version");
    double version = cJSON_IsNumber(number) ? number->valuedouble : 0;
    bool is_plan = schema != NULL && strcmp(schema, plan_file_schema) == 0 &&
                   version >= 1 && version < INT32_MAX &&
                   version == (int32_t)version;
    if (is_plan && version != PLAN_FILE_SCHEMA_VERSION)
        complain("--resume: %s has schema_version %.0f and this program knows "
                 "%d; go on with the iomodels that made it",
                 path, version, PLAN_FILE_SCHEMA_VERSION);
    else if (!is_plan || made_by == NULL || made_for == NULL ||
             plan_file_string(plan, "id") == NULL)
        complain("--resume: %s is damaged or no plan; start a new comparison",
                 path);
    else if (strcmp(made_by, IOMODELS_VERSION) != 0)
        complain("--resume: %s was made by version %s and this is %s: their "
                 "runs cannot be compared; start a new comparison",
                 path, made_by, IOMODELS_VERSION);
    else if (strcmp(made_for, command) != 0)
        complain("--resume: %s is a plan of 'iomodels %s'; go on with that",
                 path, made_for);
    else
        return true;
    return false;
}

cJSON *plan_file_read(const char *folder, const char *command,
                      const struct arg *args, int argc, char **argv,
                      char id[PLAN_ID_SIZE])
{
    char what[JSON_WHAT_SIZE], *path = file_join(folder, plan_file_name);
    char *data = NULL;
    size_t size;
    bool good = false;
    cJSON *plan = NULL;
    uint32_t error = file_read(path, &data, &size);
    if (error != 0) {
        complain("--resume: cannot read the plan %s: %s (%lu); name the folder "
                 "of a comparison that was begun",
                 path, error_name(error), (unsigned long)error);
    } else {
        plan = json_read(data, size, what);
        good = plan_file_fits(plan, path, command);
        if (good && !plan_file_take_all(plan, args, argc, argv)) {
            complain("--resume: %s is damaged; start a new comparison", path);
            good = false;
        }
    }
    if (good)
        snprintf(id, PLAN_ID_SIZE, "%s", plan_file_string(plan, "id"));
    free(data);
    free(path);
    if (good)
        return plan;
    cJSON_Delete(plan);
    return NULL;
}
