#include "results/record_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "common/options.h"
#include "common/text.h"
#include "model_list.h"
#include "results/fields.h"
#include "results/record_file.h"
#include "results/skipped.h"

/* Runs are repeats of each other when all of these agree: the options, but for
 * those BESIDE; then the launchers, which like the machine are where it ran
 * (pinned to which processors), not what was asked of it. What a record lacks,
 * as those of older versions may, agrees with null. */
enum {
    RECORD_SET_ASKED = OPTION_ROWS,
    RECORD_SET_MACHINE = RECORD_SET_ASKED + 2,
    RECORD_SET_PARTS
};

/* NULL: none. */
static const char *record_set_key(size_t part)
{
    if (part >= RECORD_SET_ASKED)
        return part == RECORD_SET_ASKED ? "server_via" : "load_via";
    return (option_table[part].programs & OPTION_BESIDE) != 0
               ? NULL
               : option_table[part].key;
}

/* A key of our own in the record in memory. */
static const char record_set_file_key[] = "file";

struct record_set_run {
    cJSON *record;
    const char *model;
    int place; /* of the model in the suite */
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
    size_t count = 0;
    bool good = true;

    if (code != 0) {
        file_complain("read the folder", folder, code);
        return NULL;
    }
    records = calloc_or_die(names.count + 1, sizeof(cJSON *));
    for (size_t i = 0; i < names.count && good; i++)
        if (names.name[i][0] != '.') /* a Mac's copy has ._NAME beside each */
            good = record_set_file(folder, names.name[i], records, &count);
    file_names_free(&names);
    if (good && count == 0)
        complain("%s holds no records; name the folder that 'iomodels "
                 "compare' or 'iomodels run' printed",
                 folder);
    if (!good || count == 0 || !skipped_read(folder, &refused)) {
        record_set_free(records, count);
        return NULL;
    }
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

/* Models that the suite does not know come last. */
static int record_set_place(const char *model)
{
#define MODEL(name) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL
    int at = 0;

    while (order[at] != NULL && strcmp(order[at], model) != 0)
        at++;
    return at;
}

/* Adds "BEFORE value", or nothing for no value, null or {}. */
static void record_set_add(struct text *text, const char *before,
                           const cJSON *item)
{
    char *printed;

    if (cJSON_IsString(item)) {
        text_add(text, "%s%s", before, item->valuestring);
    } else if (item != NULL && !(cJSON_IsObject(item) && item->child == NULL)) {
        printed = cJSON_PrintUnformatted(item);
        text_add(text, "%s%s", before, printed);
        cJSON_free(printed);
    }
}

static char *record_set_machine(const cJSON *record)
{
    static const char *const pointers[] = {
        "/machine/server/os", "/machine/server/os_version",
        "/machine/server/wine_version", "/machine/server/cpu",
        "/machine/server/cores"};
    struct text text = {0};

    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        record_set_add(&text, text.length != 0 ? " " : "",
                       record_at(record, pointers[i]));
    return text_take(&text);
}

static char *record_set_part(const cJSON *record, const char *key)
{
    char *pointer, *name;
    struct text text = {0};

    if (key == NULL)
        return text_copy("");
    pointer = text_make("/asked/%s", key);
    name = text_make("%s=", key);
    record_set_add(&text, name, record_at(record, pointer));
    free(pointer);
    free(name);
    return text_take(&text);
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
    const cJSON *known = NULL;

    for (size_t i = 0; i < count; i++)
        if (record_at(records[i], "/machine/server/os") != NULL)
            known = records[i];
    for (size_t i = 0; i < count; i++) {
        struct record_set_run *run = &runs[i];

        run->record = records[i];
        run->model = record_text(records[i], "/asked/model");
        run->place = record_set_place(run->model);
        record_number(records[i], "/asked/connections", &run->connections);
        for (size_t k = 0; k < RECORD_SET_MACHINE; k++)
            run->part[k] = record_set_part(records[i], record_set_key(k));
        /* A server that never came up did not say where it ran: others did. */
        run->part[RECORD_SET_MACHINE] = record_set_machine(
            record_at(records[i], "/machine/server/os") != NULL ? records[i]
                                                                : known);
        run->setting = record_set_join(run, 0, RECORD_SET_PARTS, NULL);
    }
    return runs;
}

static bool record_set_repeats(const struct record_set_run *x,
                               const struct record_set_run *y)
{
    return strcmp(x->setting, y->setting) == 0 &&
           strcmp(x->model, y->model) == 0 && x->connections == y->connections;
}

static int record_set_order(const void *a, const void *b)
{
    const struct record_set_run *x = a, *y = b;
    int order = strcmp(x->setting, y->setting);

    if (order == 0)
        order = x->place - y->place;
    if (order == 0)
        order = strcmp(x->model, y->model);
    if (order == 0)
        order = (x->connections > y->connections) -
                (x->connections < y->connections);
    if (order == 0)
        order = strcmp(record_text(x->record, "/started_at"),
                       record_text(y->record, "/started_at"));
    return order;
}

static void record_set_make_groups(struct record_set *set,
                                   const struct record_set_run *runs)
{
    bool differs[RECORD_SET_PARTS] = {false};
    struct record_group *group = NULL;

    for (size_t i = 1; i < set->count; i++)
        for (size_t k = 0; k < RECORD_SET_PARTS; k++)
            differs[k] =
                differs[k] || strcmp(runs[i].part[k], runs[0].part[k]) != 0;
    for (size_t i = 0; i < set->count; i++) {
        if (i == 0 || !record_set_repeats(&runs[i - 1], &runs[i])) {
            group = &set->groups[set->group_count++];
            group->model = runs[i].model;
            group->pattern = record_text(runs[i].record, "/asked/pattern");
            group->connections = runs[i].connections;
            group->setting = text_copy(runs[i].setting);
            group->label =
                record_set_join(&runs[i], 0, RECORD_SET_PARTS, differs);
            group->asked = record_set_join(&runs[i], 0, RECORD_SET_ASKED, NULL);
            group->launchers = record_set_join(&runs[i], RECORD_SET_ASKED,
                                               RECORD_SET_MACHINE, NULL);
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

/* --- for people ---------------------------------------------------------- */

/* "" when the server never said where it ran. */
static char *record_set_where(const cJSON *record)
{
    const cJSON *server = record_at(record, "/machine/server");
    const char *os = record_text(server, "/os_edition");
    struct text line = {0};
    double cores, memory;
    char bytes[32];

    if (record_at(server, "/os") == NULL)
        return text_copy("");
    if (strcmp(record_text(server, "/os"), "Wine") == 0) {
        text_add(&line, "Wine %s", record_text(server, "/wine_version"));
        record_set_add(&line, " on ", record_at(server, "/wine_host"));
    } else {
        text_add(&line, "%s", os[0] != '\0' ? os : record_text(server, "/os"));
        record_set_add(&line, " ", record_at(server, "/os_version"));
    }
    record_set_add(&line, "; ", record_at(server, "/cpu"));
    if (record_number(server, "/cores", &cores))
        text_add(&line, ", %.0f logical processor%s", cores,
                 cores == 1 ? "" : "s");
    if (record_number(server, "/memory_bytes", &memory))
        text_add(&line, ", %s memory",
                 number_show_bytes(memory, bytes, sizeof bytes));
    return text_take(&line);
}

char *records_machines(const struct record_set *set)
{
    struct text all = {0};

    for (size_t i = 0; i < set->count; i++) {
        char *one = record_set_where(set->records[i]);

        if (one[0] != '\0' &&
            (all.data == NULL || strstr(all.data, one) == NULL))
            text_add(&all, "%s%s", all.length != 0 ? " | " : "", one);
        free(one);
    }
    return text_take(&all);
}

char *records_wine(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const cJSON *server = record_at(set->records[i], "/machine/server");

        if (strcmp(record_text(server, "/os"), "Wine") == 0)
            return text_make("measured under Wine %s: these compare models "
                             "with each other there and are not Windows "
                             "figures",
                             record_text(server, "/wine_version"));
    }
    return NULL;
}
