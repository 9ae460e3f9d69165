#include "results/load_dir.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/fs.h"
#include "model_list.h"
#include "results/record.h"
#include "results/refused.h"
#include "results/schema.h"
#include "results/text.h"

/* Runs are repeats of each other when all of these agree; one that a record
 * lacks, as those of older versions may, agrees with null. What follows from
 * the model or the connections (time budgets, addresses) is not among them.
 * The launchers come last: like the machine they are where it ran (pinned to
 * which processors), not what was asked of it. */
static const char *const load_dir_keys[] = {
    "pattern",        "hostile",         "message_bytes", "pipeline",
    "think_s",        "warmup_s",        "duration_s",    "rate_bytes_per_s",
    "server_threads", "max_connections", "buffer_bytes",  "backlog",
    "sndbuf_bytes",   "rcvbuf_bytes",    "nodelay",       "tuning",
    "load_threads",   "target",          "server_via",    "load_via",
};
enum {
    LOAD_DIR_KEYS = sizeof load_dir_keys / sizeof *load_dir_keys,
    LOAD_DIR_ASKED = LOAD_DIR_KEYS - 2, /* less the launchers */
    LOAD_DIR_MACHINE = LOAD_DIR_KEYS,   /* one more: the machine */
    LOAD_DIR_PARTS
};

/* Beside the keys of the schema, which the file was checked against. */
static const char load_dir_file_key[] = "file";

struct load_dir_run {
    cJSON *record;
    const char *model;
    double connections;
    char *part[LOAD_DIR_PARTS];
    char *setting;
};

/* --- reading ------------------------------------------------------------- */

static bool load_dir_ours(const char *path, const cJSON *record, bool *other)
{
    const char *schema = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(record, "schema"));
    double version = RECORD_VERSION;

    if (schema == NULL || strncmp(schema, "iomodels/", 9) != 0) {
        complain("%s is not a record of iomodels: it has no \"schema\" of "
                 "ours; move it out of the folder",
                 path);
        return false;
    }
    if (strcmp(schema, "iomodels/run") != 0) {
        *other = true;
        return false;
    }
    record_number(record, "/schema_version", &version);
    if (version > RECORD_VERSION) {
        complain("%s was written by a newer iomodels (schema version %.0f, "
                 "this one reads %d); use that one",
                 path, version, RECORD_VERSION);
        return false;
    }
    return true;
}

cJSON *record_parse(const char *path, bool *other)
{
    const char *end = NULL;
    char *data;
    size_t size;
    uint32_t code = fs_read(path, &data, &size);
    cJSON *record = NULL;

    *other = false;
    if (code != 0) {
        fs_complain("read", path, code);
        return NULL;
    }
    if (size == 0)
        complain("%s is empty; delete it and measure that run again", path);
    else if ((record = cJSON_ParseWithLengthOpts(data, size + 1, &end, true)) ==
             NULL)
        complain("%s is damaged: not JSON at byte %lu of %lu; delete it and "
                 "measure that run again",
                 path, (unsigned long)(end != NULL ? end - data : 0),
                 (unsigned long)size);
    free(data);
    if (record != NULL && !load_dir_ours(path, record, other)) {
        cJSON_Delete(record);
        return NULL;
    }
    return record;
}

struct load_dir_fault {
    const char *path;
    bool told;
};

static void load_dir_first(void *context, const char *pointer, const char *what)
{
    struct load_dir_fault *fault = context;

    if (!fault->told)
        complain("%s is damaged: %s %s; 'iomodels validate' tells all of it",
                 fault->path, pointer[0] != '\0' ? pointer : "the record",
                 what);
    fault->told = true;
}

cJSON *record_read(const char *path, bool *other)
{
    struct load_dir_fault fault = {path, false};
    const struct fault_sink sink = {load_dir_first, &fault};
    cJSON *record = record_parse(path, other), *schema;

    if (record == NULL)
        return NULL;
    schema = schema_run();
    schema_allow_more(schema);
    if (schema_check(schema, record, &sink) > 0) {
        cJSON_Delete(record);
        record = NULL;
    }
    cJSON_Delete(schema);
    return record;
}

static void load_dir_free(cJSON **records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(records[i]);
    free(records);
}

struct record_set *records_load(const char *folder)
{
    struct fs_names names;
    uint32_t code = fs_list(folder, ".json", &names);
    cJSON **records, *refused = NULL;
    struct record_set *set;
    size_t count = 0, at;

    if (code != 0) {
        fs_complain("read the folder", folder, code);
        return NULL;
    }
    records = calloc(names.count + 1, sizeof(cJSON *));
    if (records == NULL)
        die("calloc");
    for (at = 0; at < names.count; at++) {
        char *path = fs_join(folder, names.name[at]);
        bool other;

        records[count] = record_read(path, &other);
        free(path);
        if (records[count] != NULL)
            cJSON_AddStringToObject(records[count++], load_dir_file_key,
                                    names.name[at]);
        else if (!other)
            break;
    }
    if (at == names.count && count == 0)
        complain("%s holds no records; name the folder that 'iomodels "
                 "compare' or 'iomodels run' printed",
                 folder);
    if (at < names.count || count == 0 || !refused_read(folder, &refused)) {
        fs_names_free(&names);
        load_dir_free(records, count);
        return NULL;
    }
    fs_names_free(&names);
    set = records_group(records, count);
    set->refused = refused;
    return set;
}

const char *record_file(const cJSON *record)
{
    return cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(record, load_dir_file_key));
}

/* --- grouping ------------------------------------------------------------ */

static size_t load_dir_model_place(const char *model)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL
    size_t at = 0;

    while (order[at] != NULL && strcmp(order[at], model) != 0)
        at++;
    return at; /* unknown ones come last */
}

static char *load_dir_machine(const cJSON *record)
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

static void load_dir_part(struct load_dir_run *run, size_t at)
{
    const cJSON *asked = record_at(run->record, "/asked");
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(asked, load_dir_keys[at]);
    char *printed = item != NULL && !cJSON_IsNull(item) &&
                            !(cJSON_IsObject(item) && item->child == NULL)
                        ? cJSON_PrintUnformatted(item)
                        : NULL;
    struct text text = {0};

    if (item != NULL && cJSON_IsString(item))
        text_add(&text, "%s=%s", load_dir_keys[at], item->valuestring);
    else if (printed != NULL)
        text_add(&text, "%s=%s", load_dir_keys[at], printed);
    cJSON_free(printed);
    run->part[at] = text_take(&text);
}

/* A server that never came up did not say where it ran: the others did. */
static void load_dir_adopt(struct load_dir_run *runs, size_t count)
{
    const char *known = NULL;

    for (size_t i = 0; i < count; i++)
        if (runs[i].part[LOAD_DIR_MACHINE][0] != '\0')
            known = runs[i].part[LOAD_DIR_MACHINE];
    for (size_t i = 0; i < count && known != NULL; i++) {
        if (runs[i].part[LOAD_DIR_MACHINE][0] != '\0')
            continue;
        free(runs[i].part[LOAD_DIR_MACHINE]);
        runs[i].part[LOAD_DIR_MACHINE] = text_copy(known);
    }
}

static char *load_dir_join(const struct load_dir_run *run, const bool *wanted)
{
    struct text text = {0};

    for (size_t i = 0; i < LOAD_DIR_PARTS; i++)
        if (wanted[i] && run->part[i][0] != '\0')
            text_add(&text, "%s%s", text.length != 0 ? " " : "", run->part[i]);
    return text_take(&text);
}

static struct load_dir_run *load_dir_runs(cJSON **records, size_t count)
{
    struct load_dir_run *runs = calloc(count, sizeof *runs);
    bool all[LOAD_DIR_PARTS];

    if (runs == NULL)
        die("calloc");
    for (size_t i = 0; i < LOAD_DIR_PARTS; i++)
        all[i] = true;
    for (size_t i = 0; i < count; i++) {
        struct load_dir_run *run = &runs[i];

        run->record = records[i];
        run->model =
            cJSON_GetStringValue(record_at(records[i], "/asked/model"));
        record_number(records[i], "/asked/connections", &run->connections);
        for (size_t k = 0; k < LOAD_DIR_KEYS; k++)
            load_dir_part(run, k);
        run->part[LOAD_DIR_MACHINE] = load_dir_machine(records[i]);
    }
    load_dir_adopt(runs, count);
    for (size_t i = 0; i < count; i++)
        runs[i].setting = load_dir_join(&runs[i], all);
    return runs;
}

static int load_dir_group_order(const void *a, const void *b)
{
    const struct load_dir_run *x = a, *y = b;
    size_t place_x = load_dir_model_place(x->model);
    size_t place_y = load_dir_model_place(y->model);
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

static int load_dir_order(const void *a, const void *b)
{
    const struct load_dir_run *x = a, *y = b;
    const cJSON *begun_x = record_at(x->record, "/started_at");
    const cJSON *begun_y = record_at(y->record, "/started_at");
    int order = load_dir_group_order(a, b);

    return order != 0 ? order
                      : strcmp(begun_x->valuestring, begun_y->valuestring);
}

static void load_dir_differing(const struct load_dir_run *runs, size_t count,
                               bool *differs)
{
    for (size_t part = 0; part < LOAD_DIR_PARTS; part++) {
        differs[part] = false;
        for (size_t i = 1; i < count; i++)
            if (strcmp(runs[i].part[part], runs[0].part[part]) != 0)
                differs[part] = true;
    }
}

/* Of the parts from `from` on, but for those from `to` on. */
static char *load_dir_between(const struct load_dir_run *run, size_t from,
                              size_t to)
{
    bool wanted[LOAD_DIR_PARTS];

    for (size_t i = 0; i < LOAD_DIR_PARTS; i++)
        wanted[i] = i >= from && i < to;
    return load_dir_join(run, wanted);
}

static void load_dir_make_groups(struct record_set *set,
                                 const struct load_dir_run *runs)
{
    bool differs[LOAD_DIR_PARTS];
    struct record_group *group = NULL;

    load_dir_differing(runs, set->count, differs);
    for (size_t i = 0; i < set->count; i++) {
        if (i == 0 || load_dir_group_order(&runs[i - 1], &runs[i]) != 0) {
            group = &set->groups[set->group_count++];
            group->model = runs[i].model;
            group->pattern = cJSON_GetStringValue(
                record_at(runs[i].record, "/asked/pattern"));
            group->connections = runs[i].connections;
            group->setting = text_copy(runs[i].setting);
            group->label = load_dir_join(&runs[i], differs);
            group->asked = load_dir_between(&runs[i], 0, LOAD_DIR_ASKED);
            group->launchers =
                load_dir_between(&runs[i], LOAD_DIR_ASKED, LOAD_DIR_KEYS);
            group->records = calloc(set->count, sizeof(cJSON *));
            if (group->records == NULL)
                die("calloc");
        }
        group->records[group->count++] = runs[i].record;
        set->records[i] = runs[i].record;
    }
}

struct record_set *records_group(cJSON **records, size_t count)
{
    struct record_set *set = calloc(1, sizeof *set);
    struct load_dir_run *runs = load_dir_runs(records, count);

    if (set == NULL)
        die("calloc");
    set->count = count;
    set->records = records;
    set->groups = calloc(count, sizeof *set->groups);
    if (set->groups == NULL)
        die("calloc");
    qsort(runs, count, sizeof *runs, load_dir_order);
    load_dir_make_groups(set, runs);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < LOAD_DIR_PARTS; k++)
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
    load_dir_free(set->records, set->count);
    free(set);
}
