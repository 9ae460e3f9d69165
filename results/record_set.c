#include "results/record_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "model_list.h"
#include "results/fields.h"
#include "results/record_file.h"
#include "results/skipped.h"
#include "common/text.h"

/* Runs are repeats of each other when all of these agree; one that a record
 * lacks, as those of older versions may, agrees with null. What follows from
 * the model or the connections (time budgets, addresses) is not among them.
 * The launchers come last: like the machine they are where it ran (pinned to
 * which processors), not what was asked of it. */
static const char *const record_set_keys[] = {
    "pattern",        "hostile",         "message_bytes", "pipeline",
    "think_s",        "warmup_s",        "duration_s",    "rate_bytes_per_s",
    "server_threads", "max_connections", "buffer_bytes",  "backlog",
    "sndbuf_bytes",   "rcvbuf_bytes",    "nodelay",       "tuning",
    "load_threads",   "target",          "server_via",    "load_via",
};
enum {
    RECORD_SET_KEYS = sizeof record_set_keys / sizeof *record_set_keys,
    RECORD_SET_ASKED = RECORD_SET_KEYS - 2, /* less the launchers */
    RECORD_SET_MACHINE = RECORD_SET_KEYS,   /* one more: the machine */
    RECORD_SET_PARTS
};

/* A key of our own in the record in memory. */
static const char record_set_file_key[] = "file";

struct record_set_run {
    cJSON *record;
    const char *model;
    double connections;
    char *part[RECORD_SET_PARTS];
    char *setting;
};

/* --- reading ------------------------------------------------------------- */

static void record_set_free(cJSON **records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(records[i]);
    free(records);
}

/* Adds the file's record, if it is one. A record that is there twice would
 * count as two runs. */
static bool record_set_file(const char *folder, const char *name,
                            cJSON **records, size_t *count)
{
    char *path = file_join(folder, name);
    bool other;
    cJSON *record = record_read(path, &other);
    const char *id = record_text(record, "/id");

    free(path);
    if (record == NULL)
        return other;
    for (size_t i = 0; i < *count; i++)
        if (id[0] != '\0' && strcmp(record_text(records[i], "/id"), id) == 0) {
            complain("%s and %s in %s are the same run, %s; delete one of them",
                     record_file(records[i]), name, folder, id);
            cJSON_Delete(record);
            return false;
        }
    records[(*count)++] = record;
    cJSON_DeleteItemFromObjectCaseSensitive(record, record_set_file_key);
    cJSON_AddStringToObject(record, record_set_file_key, name);
    return true;
}

struct record_set *records_load(const char *folder)
{
    struct file_names names;
    uint32_t code = file_list(folder, ".json", &names);
    cJSON **records, *refused = NULL;
    struct record_set *set;
    size_t count = 0, at = 0;

    if (code != 0) {
        file_complain("read the folder", folder, code);
        return NULL;
    }
    records = calloc_or_die(names.count + 1, sizeof(cJSON *));
    while (
        at < names.count &&
        (names.name[at][0] == '.' || /* a Mac's copy has ._NAME beside each */
         record_set_file(folder, names.name[at], records, &count)))
        at++;
    if (at == names.count && count == 0)
        complain("%s holds no records; name the folder that 'iomodels "
                 "compare' or 'iomodels run' printed",
                 folder);
    if (at < names.count || count == 0 || !skipped_read(folder, &refused)) {
        file_names_free(&names);
        record_set_free(records, count);
        return NULL;
    }
    file_names_free(&names);
    set = records_group(records, count);
    set->refused = refused;
    return set;
}

const char *record_file(const cJSON *record)
{
    return cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(record, record_set_file_key));
}

/* --- grouping ------------------------------------------------------------ */

static size_t record_set_model_place(const char *model)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL
    size_t at = 0;

    while (order[at] != NULL && strcmp(order[at], model) != 0)
        at++;
    return at; /* unknown ones come last */
}

static char *record_set_machine(const cJSON *record)
{
    static const char *const pointers[] = {
        "/machine/server/os", "/machine/server/os_version",
        "/machine/server/wine_version", "/machine/server/cpu",
        "/machine/server/cores"};
    struct text text = {0};

    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        const cJSON *part = record_at(record, pointers[i]);

        if (cJSON_IsString(part))
            text_add(&text, "%s%s", text.length != 0 ? " " : "",
                     part->valuestring);
        else if (cJSON_IsNumber(part))
            text_add(&text, " %.0f", part->valuedouble);
    }
    return text_take(&text);
}

static void record_set_part(struct record_set_run *run, size_t at)
{
    const cJSON *asked = record_at(run->record, "/asked");
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(asked, record_set_keys[at]);
    char *printed = item != NULL && !cJSON_IsNull(item) &&
                            !(cJSON_IsObject(item) && item->child == NULL)
                        ? cJSON_PrintUnformatted(item)
                        : NULL;
    struct text text = {0};

    if (item != NULL && cJSON_IsString(item))
        text_add(&text, "%s=%s", record_set_keys[at], item->valuestring);
    else if (printed != NULL)
        text_add(&text, "%s=%s", record_set_keys[at], printed);
    cJSON_free(printed);
    run->part[at] = text_take(&text);
}

/* A server that never came up did not say where it ran: the others did. */
static void record_set_adopt(struct record_set_run *runs, size_t count)
{
    const char *known = NULL;

    for (size_t i = 0; i < count; i++)
        if (runs[i].part[RECORD_SET_MACHINE][0] != '\0')
            known = runs[i].part[RECORD_SET_MACHINE];
    for (size_t i = 0; i < count && known != NULL; i++) {
        if (runs[i].part[RECORD_SET_MACHINE][0] != '\0')
            continue;
        free(runs[i].part[RECORD_SET_MACHINE]);
        runs[i].part[RECORD_SET_MACHINE] = text_copy(known);
    }
}

/* The parts from..to that are wanted; NULL: all of them. */
static char *record_set_join(const struct record_set_run *run, size_t from,
                             size_t to, const bool *wanted)
{
    struct text text = {0};

    for (size_t i = from; i < to; i++)
        if ((wanted == NULL || wanted[i]) && run->part[i][0] != '\0')
            text_add(&text, "%s%s", text.length != 0 ? " " : "", run->part[i]);
    return text_take(&text);
}

static struct record_set_run *record_set_runs(cJSON **records, size_t count)
{
    struct record_set_run *runs = calloc_or_die(count, sizeof *runs);

    for (size_t i = 0; i < count; i++) {
        struct record_set_run *run = &runs[i];

        run->record = records[i];
        run->model = record_text(records[i], "/asked/model");
        record_number(records[i], "/asked/connections", &run->connections);
        for (size_t k = 0; k < RECORD_SET_KEYS; k++)
            record_set_part(run, k);
        run->part[RECORD_SET_MACHINE] = record_set_machine(records[i]);
    }
    record_set_adopt(runs, count);
    for (size_t i = 0; i < count; i++)
        runs[i].setting = record_set_join(&runs[i], 0, RECORD_SET_PARTS, NULL);
    return runs;
}

static int record_set_group_order(const void *a, const void *b)
{
    const struct record_set_run *x = a, *y = b;
    size_t place_x = record_set_model_place(x->model);
    size_t place_y = record_set_model_place(y->model);
    int order = strcmp(x->setting, y->setting);

    if (order == 0)
        order = (place_x > place_y) - (place_x < place_y);
    if (order == 0)
        order = strcmp(x->model, y->model);
    if (order == 0)
        order = (x->connections > y->connections) -
                (x->connections < y->connections);
    return order;
}

static int record_set_order(const void *a, const void *b)
{
    const struct record_set_run *x = a, *y = b;
    int order = record_set_group_order(a, b);

    return order != 0 ? order
                      : strcmp(record_text(x->record, "/started_at"),
                               record_text(y->record, "/started_at"));
}

static void record_set_differing(const struct record_set_run *runs,
                                 size_t count, bool *differs)
{
    for (size_t part = 0; part < RECORD_SET_PARTS; part++) {
        differs[part] = false;
        for (size_t i = 1; i < count; i++)
            if (strcmp(runs[i].part[part], runs[0].part[part]) != 0)
                differs[part] = true;
    }
}

static void record_set_make_groups(struct record_set *set,
                                   const struct record_set_run *runs)
{
    bool differs[RECORD_SET_PARTS];
    struct record_group *group = NULL;

    record_set_differing(runs, set->count, differs);
    for (size_t i = 0; i < set->count; i++) {
        if (i == 0 || record_set_group_order(&runs[i - 1], &runs[i]) != 0) {
            group = &set->groups[set->group_count++];
            group->model = runs[i].model;
            group->pattern = record_text(runs[i].record, "/asked/pattern");
            group->connections = runs[i].connections;
            group->setting = text_copy(runs[i].setting);
            group->label =
                record_set_join(&runs[i], 0, RECORD_SET_PARTS, differs);
            group->asked = record_set_join(&runs[i], 0, RECORD_SET_ASKED, NULL);
            group->launchers = record_set_join(&runs[i], RECORD_SET_ASKED,
                                               RECORD_SET_KEYS, NULL);
            group->records = calloc_or_die(set->count, sizeof(cJSON *));
        }
        group->records[group->count++] = runs[i].record;
        set->records[i] = runs[i].record;
    }
}

struct record_set *records_group(cJSON **records, size_t count)
{
    struct record_set *set = calloc_or_die(1, sizeof *set);
    struct record_set_run *runs = record_set_runs(records, count);

    set->count = count;
    set->records = records;
    set->groups = calloc_or_die(count, sizeof *set->groups);
    qsort(runs, count, sizeof *runs, record_set_order);
    record_set_make_groups(set, runs);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < RECORD_SET_PARTS; k++)
            free(runs[i].part[k]);
        free(runs[i].setting);
    }
    free(runs);
    return set;
}

void records_free(struct record_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->group_count; i++) {
        free(set->groups[i].setting);
        free(set->groups[i].label);
        free(set->groups[i].asked);
        free(set->groups[i].launchers);
        free(set->groups[i].records);
    }
    free(set->groups);
    cJSON_Delete(set->refused);
    record_set_free(set->records, set->count);
    free(set);
}
