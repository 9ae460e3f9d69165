#include "cli/plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cJSON.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "results/record_file.h"

static const char plan_file_name[] = "plan.json";
static const char plan_file_schema[] = "iomodels/plan";
enum { PLAN_FILE_SCHEMA_VERSION = 1 };

/* How many arguments an option takes up, itself included. */
static int plan_file_span(const char *option)
{
    static const char *const flags[] = {"--no-plots", "--quick"};
    bool alone = strchr(option, '=') != NULL || strncmp(option, "--", 2) != 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        alone = alone || strcmp(option, flags[i]) == 0;
    return alone ? 1 : 2;
}

/* The folder is where the plan lies, and the seed is told apart: it may have
 * been chosen by the program. */
static bool plan_file_keeps(const char *option)
{
    static const char *const not_kept[] = {"--output", "--seed"};
    size_t length = strcspn(option, "=");
    for (size_t i = 0; i < sizeof not_kept / sizeof *not_kept; i++)
        if (strlen(not_kept[i]) == length &&
            memcmp(option, not_kept[i], length) == 0)
            return false;
    return true;
}

static void plan_file_add(cJSON *arguments, const char *text)
{
    cJSON_AddItemToArray(arguments, cJSON_CreateString(text));
}

static cJSON *plan_file_arguments(uint64_t seed, int argc, char **argv)
{
    cJSON *arguments = cJSON_CreateArray();
    for (int at = 1; at < argc;) {
        int span = plan_file_span(argv[at]);
        bool kept = plan_file_keeps(argv[at]);
        for (; span > 0 && at < argc; span--, at++)
            if (kept)
                plan_file_add(arguments, argv[at]);
    }
    struct words text = {0};
    words_addf(&text, "--seed=%" PRIu64, seed);
    plan_file_add(arguments, text.word[0]);
    words_free(&text);
    return arguments;
}

uint32_t plan_file_write(const char *folder, const char *id, uint64_t seed,
                         int argc, char **argv)
{
    char now[CLOCK_ISO_SIZE];
    cJSON *plan = cJSON_CreateObject();
    clock_iso(now);
    cJSON_AddStringToObject(plan, "schema", plan_file_schema);
    cJSON_AddNumberToObject(plan, "schema_version", PLAN_FILE_SCHEMA_VERSION);
    cJSON_AddStringToObject(plan, "id", id);
    cJSON_AddStringToObject(plan, "command", argv[0]);
    cJSON_AddStringToObject(plan, "made_at", now);
    cJSON_AddStringToObject(plan, "version", IOMODELS_VERSION);
    cJSON_AddItemToObject(plan, "arguments",
                          plan_file_arguments(seed, argc, argv));
    char *text = cJSON_Print(plan);
    char *path = file_join(folder, plan_file_name);
    if (text == NULL)
        die("cJSON_Print");
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

static bool plan_file_is_plan(const cJSON *plan)
{
    const char *schema =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(plan, "schema"));
    return schema != NULL && strcmp(schema, plan_file_schema) == 0;
}

bool plan_file_whole(const cJSON *plan)
{
    return plan_file_is_plan(plan) &&
           cJSON_IsString(cJSON_GetObjectItemCaseSensitive(plan, "id")) &&
           cJSON_IsString(cJSON_GetObjectItemCaseSensitive(plan, "version")) &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(plan, "arguments"));
}

/* 0: none that ever was. */
static double plan_file_schema_version(const cJSON *plan)
{
    const cJSON *version =
        cJSON_GetObjectItemCaseSensitive(plan, "schema_version");
    double number = cJSON_IsNumber(version) ? version->valuedouble : 0;
    return number >= 1 && number < INT32_MAX && number == (int32_t)number
               ? number
               : 0;
}

static cJSON *plan_file_parse(const char *path)
{
    char what[JSON_WHAT_SIZE];
    char *data;
    size_t size;
    uint32_t error = file_read(path, &data, &size);
    if (error != 0) {
        complain("--resume: cannot read the plan %s: %s (%lu); name the folder "
                 "of a comparison that was begun",
                 path, error_name(error), (unsigned long)error);
        return NULL;
    }
    cJSON *plan = json_read(data, size, what);
    double version = plan_file_schema_version(plan);
    free(data);
    if (plan_file_is_plan(plan) && version > PLAN_FILE_SCHEMA_VERSION)
        complain("--resume: %s has schema_version %.0f and this program knows "
                 "%d; go on with the iomodels that made it",
                 path, version, PLAN_FILE_SCHEMA_VERSION);
    else if (version > 0 && plan_file_whole(plan))
        return plan;
    else
        complain("--resume: %s is damaged or no plan; start a new comparison",
                 path);
    cJSON_Delete(plan);
    return NULL;
}

static bool plan_file_same_version(const cJSON *plan, const char *path)
{
    const char *made_by =
        cJSON_GetObjectItemCaseSensitive(plan, "version")->valuestring;
    if (strcmp(made_by, IOMODELS_VERSION) == 0)
        return true;
    complain("--resume: %s was made by version %s and this is %s: their runs "
             "cannot be compared; start a new comparison",
             path, made_by, IOMODELS_VERSION);
    return false;
}

/* Plans of the first version do not say: they are all of compare. */
static bool plan_file_same_command(const cJSON *plan, const char *path,
                                   const char *command)
{
    const char *made_by =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(plan, "command"));
    if (made_by == NULL)
        made_by = "compare";
    if (strcmp(made_by, command) == 0)
        return true;
    complain("--resume: %s is a plan of 'iomodels %s'; go on with that", path,
             made_by);
    return false;
}

static bool plan_file_may(int argc, char **argv)
{
    for (int at = 1; at < argc; at += plan_file_span(argv[at])) {
        if (options_may_resume(argv[at]))
            continue;
        complain("--resume takes over the plan as it was made; leave out %s",
                 argv[at]);
        return false;
    }
    return true;
}

static bool plan_file_given(const char *option, int argc, char **argv)
{
    size_t length = strcspn(option, "=");
    for (int at = 1; at < argc; at += plan_file_span(argv[at]))
        if (strcspn(argv[at], "=") == length &&
            memcmp(argv[at], option, length) == 0)
            return true;
    return false;
}

/* What is typed beside --resume takes the place of the plan's. */
static void plan_file_merge(const cJSON *plan, int argc, char **argv,
                            struct words *arguments)
{
    struct words kept = {0};
    const cJSON *each;
    cJSON_ArrayForEach (each,
                        cJSON_GetObjectItemCaseSensitive(plan, "arguments")) {
        if (cJSON_IsString(each))
            words_add(&kept, each->valuestring);
    }
    words_add(arguments, argv[0]);
    for (size_t at = 0; at < kept.count;) {
        bool given = plan_file_given(kept.word[at], argc, argv);
        for (int span = plan_file_span(kept.word[at]);
             span > 0 && at < kept.count; span--, at++)
            if (!given)
                words_add(arguments, kept.word[at]);
    }
    for (int at = 1; at < argc; at++)
        words_add(arguments, argv[at]);
    words_free(&kept);
}

bool plan_file_read(const char *folder, int argc, char **argv,
                    char id[PLAN_ID_SIZE], struct words *arguments)
{
    if (!plan_file_may(argc, argv))
        return false;
    char *path = file_join(folder, plan_file_name);
    cJSON *plan = plan_file_parse(path);
    bool good = plan != NULL && plan_file_same_version(plan, path) &&
                plan_file_same_command(plan, path, argv[0]);
    free(path);
    if (good) {
        plan_file_merge(plan, argc, argv, arguments);
        snprintf(id, PLAN_ID_SIZE, "%s",
                 cJSON_GetObjectItemCaseSensitive(plan, "id")->valuestring);
    }
    cJSON_Delete(plan);
    return good;
}
