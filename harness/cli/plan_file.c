#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "results/fields.h"
#include "results/record_file.h"

static const char plan_file_name[] = "plan.json";
static const char plan_file_schema[] = "iomodels/plan";

/* Version 1 kept the arguments as they were typed. */
enum { PLAN_FILE_SCHEMA_VERSION = 2 };

/* The folder is where the plan lies. */
static bool plan_file_keeps(const struct arg *arg)
{
    return strcmp(arg->name, "--output") != 0 &&
           strcmp(arg->name, "--resume") != 0;
}

/* Sizes in bytes, times in microseconds; NULL: not given and no default. */
static cJSON *plan_file_value(const struct arg *arg)
{
    const struct arg_list *list = arg->value;
    double number = 0;
    if (arg->kind == ARG_FLAG)
        return cJSON_CreateBool(*(const bool *)arg->value);
    if (arg->kind == ARG_EACH)
        return cJSON_CreateStringArray(list->text, (int)list->count);
    if (arg->kind == ARG_TEXT || arg->kind == ARG_LAST) {
        const char *text = *(const char *const *)arg->value;
        return text != NULL ? cJSON_CreateString(text) : NULL;
    }
    if (arg->kind == ARG_SHARE)
        number = *(const double *)arg->value;
    else if (*(const uint64_t *)arg->value != OPTION_UNSET)
        number = (double)*(const uint64_t *)arg->value;
    else
        return NULL;
    return number >= 0 ? cJSON_CreateNumber(number) : NULL;
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
    free(text);
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

/* False: not of the option's kind. */
static bool plan_file_take(const struct arg *arg, const cJSON *value)
{
    double number = value->valuedouble;
    double high = arg->high != 0 ? (double)arg->high : RECORD_NUMBER_MAX;
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
        *(double *)arg->value = number;
        return cJSON_IsNumber(value);
    case ARG_EACH:
        list->count = 0;
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
    if (!cJSON_IsNumber(value) || !(number >= (double)arg->low) ||
        number > high)
        return false;
    *(uint64_t *)arg->value = (uint64_t)number;
    return true;
}

static bool plan_file_take_all(const cJSON *plan, const struct arg *args)
{
    const cJSON *options = record_at(plan, "/options");
    for (const struct arg *arg = args; arg->name != NULL; arg++) {
        const cJSON *value =
            cJSON_GetObjectItemCaseSensitive(options, arg->name + 2);
        if (value != NULL && plan_file_keeps(arg) &&
            !plan_file_take(arg, value))
            return false;
    }
    return cJSON_IsObject(options);
}

static bool plan_file_fits(const cJSON *plan, const char *path,
                           const char *command)
{
    const char *made_by = record_text(plan, "/version");
    const char *made_for = record_text(plan, "/command");
    double version;
    if (strcmp(record_text(plan, "/schema"), plan_file_schema) != 0 ||
        !record_number(plan, "/schema_version", &version))
        complain("--resume: %s is damaged or no plan; start a new comparison",
                 path);
    else if (version != PLAN_FILE_SCHEMA_VERSION)
        complain("--resume: %s has schema_version %g and this program knows "
                 "%d; go on with the iomodels that made it",
                 path, version, PLAN_FILE_SCHEMA_VERSION);
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
                      const struct arg *args, char id[PLAN_ID_SIZE])
{
    char *path = file_join(folder, plan_file_name);
    cJSON *plan = json_file(path, "start a new comparison");
    bool good = plan != NULL && plan_file_fits(plan, path, command);
    if (good && !plan_file_take_all(plan, args)) {
        complain("--resume: %s is damaged; start a new comparison", path);
        good = false;
    }
    free(path);
    if (good) {
        snprintf(id, PLAN_ID_SIZE, "%s", record_text(plan, "/id"));
        return plan;
    }
    cJSON_Delete(plan);
    return NULL;
}
