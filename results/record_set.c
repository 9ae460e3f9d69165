#include "results/record_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
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
    RECORD_SET_LAUNCHERS = OPTION_ROWS,
    RECORD_SET_MACHINE = RECORD_SET_LAUNCHERS + 2,
    RECORD_SET_PARTS
};

/* --- reading ------------------------------------------------------------- */

/* A record that is there twice would count as two runs. */
static bool record_set_once(const char *folder, cJSON *const *records,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            const char *id = record_text(records[i], "/id");

            if (id[0] == '\0' ||
                strcmp(record_text(records[k], "/id"), id) != 0)
                continue;
            complain("%s and %s in %s are the same run, %s; delete one of them",
                     record_file(records[k]), record_file(records[i]), folder,
                     id);
            return false;
        }
    return true;
}

struct record_set *records_load(const char *folder)
{
    cJSON **records, *refused = NULL;
    size_t count;
    bool good = records_read(folder, record_schema, &records, &count) &&
                record_set_once(folder, records, count);
    struct record_set *set;

    if (good && count == 0)
        complain("%s holds no records; name the folder that 'iomodels "
                 "compare' or 'iomodels run' printed",
                 folder);
    good = good && count > 0 && skipped_read(folder, &refused);
    set = records_group(records, count);
    set->refused = refused;
    if (good)
        return set;
    records_free(set);
    return NULL;
}

/* --- grouping ------------------------------------------------------------ */

size_t records_place(const char *model)
{
#define MODEL(name, family) #name,
    static const char *const order[] = {MODELS NULL};
#undef MODEL
    size_t at = 0;

    while (order[at] != NULL && strcmp(order[at], model) != 0)
        at++;
    return at;
}

int records_order(const char *model, const char *other)
{
    const size_t x = records_place(model), y = records_place(other);

    return x != y ? (x > y) - (x < y) : strcmp(model, other);
}

size_t records_line_end(const struct record_set *set, size_t first)
{
    const struct record_group *line = &set->groups[first];
    size_t end = first;

    while (end < set->group_count &&
           strcmp(set->groups[end].model, line->model) == 0 &&
           strcmp(set->groups[end].setting, line->setting) == 0)
        end++;
    return end;
}

/* Adds "KEY=value", or just the value, or nothing for null or {}. */
static void record_set_add(struct text *text, const char *key,
                           const cJSON *item)
{
    char *printed;

    if (item == NULL || cJSON_IsNull(item) ||
        (cJSON_IsObject(item) && item->child == NULL))
        return;
    printed = cJSON_PrintUnformatted(item);
    text_add(text, "%s%s%s%s", text->length != 0 ? " " : "", key,
             key[0] != '\0' ? "=" : "",
             cJSON_IsString(item) ? item->valuestring : printed);
    cJSON_free(printed);
}

/* The parts from..to that are wanted (NULL: all of them) and neither null nor
 * without effect. A server that never came up did not say where it ran, but
 * others of its set did. */
static char *record_set_join(const struct record_set *set, const cJSON *record,
                             size_t from, size_t to, const bool *wanted)
{
    static const char *const machine[] = {"os", "os_version", "wine_version",
                                          "cpu", "cores"};
    static const char *const launchers[] = {"server_via", "load_via"};
    const cJSON *asked = record_at(record, "/asked");
    const cJSON *server = record_at(record, "/machine/server");
    struct text text = {0};

    if (record_at(server, "/os") == NULL)
        server = record_at(set->known, "/machine/server");
    for (size_t i = from; i < to; i++) {
        const char *key = NULL;

        if (wanted != NULL && !wanted[i])
            continue;
        for (size_t k = 0; k < 5 && i == RECORD_SET_MACHINE; k++)
            record_set_add(
                &text, "",
                cJSON_GetObjectItemCaseSensitive(server, machine[k]));
        if (i < RECORD_SET_LAUNCHERS &&
            (option_table[i].programs & OPTION_BESIDE) == 0)
            key = option_table[i].key;
        else if (i >= RECORD_SET_LAUNCHERS && i < RECORD_SET_MACHINE)
            key = launchers[i - RECORD_SET_LAUNCHERS];
        if (key != NULL)
            record_set_add(&text, key,
                           cJSON_GetObjectItemCaseSensitive(asked, key));
    }
    return text_take(&text);
}

static int record_set_order(const void *a, const void *b)
{
    const struct record_group *x = a, *y = b;
    int order = text_order(x->key, y->key);

    return order != 0 ? order
                      : strcmp(record_text(x->records[0], "/started_at"),
                               record_text(y->records[0], "/started_at"));
}

static void record_set_describe(struct record_set *set)
{
    bool differs[RECORD_SET_PARTS] = {false};

    for (size_t i = 1; i < set->group_count; i++)
        for (size_t k = 0; k < RECORD_SET_PARTS; k++) {
            char *x = record_set_join(set, set->records[0], k, k + 1, NULL);
            char *y =
                record_set_join(set, set->groups[i].records[0], k, k + 1, NULL);

            differs[k] = differs[k] || strcmp(x, y) != 0;
            set->settings = set->settings || differs[k];
            free(x);
            free(y);
        }
    for (size_t i = 0; i < set->group_count; i++) {
        struct record_group *group = &set->groups[i];
        const cJSON *record = group->records[0];

        group->label =
            record_set_join(set, record, 0, RECORD_SET_PARTS, differs);
        group->asked =
            record_set_join(set, record, 0, RECORD_SET_LAUNCHERS, NULL);
        group->launchers = record_set_join(set, record, RECORD_SET_LAUNCHERS,
                                           RECORD_SET_MACHINE, NULL);
    }
}

struct record_set *records_group(cJSON **records, size_t count)
{
    struct record_set *set = calloc_or_die(1, sizeof *set);

    set->count = count;
    set->records = calloc_or_die(count + 1, sizeof(cJSON *));
    set->groups = calloc_or_die(count + 1, sizeof *set->groups);
    for (size_t i = 0; i < count; i++)
        if (record_at(records[i], "/machine/server/os") != NULL)
            set->known = records[i];
    for (size_t i = 0; i < count; i++) {
        struct record_group *one = &set->groups[i];

        one->model = record_text(records[i], "/asked/model");
        record_number(records[i], "/asked/connections", &one->connections);
        one->setting =
            record_set_join(set, records[i], 0, RECORD_SET_PARTS, NULL);
        one->key =
            text_make("%s\n%03zu%s %010.0f", one->setting,
                      records_place(one->model), one->model, one->connections);
        one->records = &records[i];
    }
    /* First each run is a group; then neighbours that agree become one. */
    qsort(set->groups, count, sizeof *set->groups, record_set_order);
    for (size_t i = 0; i < count; i++) {
        struct record_group one = set->groups[i];
        struct record_group *last = &set->groups[set->group_count];

        set->records[i] = one.records[0];
        one.records = &set->records[i];
        if (i == 0 || strcmp((last - 1)->key, one.key) != 0) {
            *last = one;
            set->group_count++;
        } else {
            free(one.setting);
            free(one.key);
        }
        set->groups[set->group_count - 1].count++;
    }
    free(records);
    record_set_describe(set);
    return set;
}

void records_free(struct record_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->group_count; i++) {
        free(set->groups[i].key);
        free(set->groups[i].setting);
        free(set->groups[i].label);
        free(set->groups[i].asked);
        free(set->groups[i].launchers);
    }
    for (size_t i = 0; i < set->count; i++)
        cJSON_Delete(set->records[i]);
    free(set->groups);
    free(set->records);
    cJSON_Delete(set->refused);
    free(set);
}

bool group_same_tier(const struct record_group *a, const struct record_group *b)
{
    return a->connections >= b->connections &&
           a->connections <= b->connections &&
           strcmp(a->setting, b->setting) == 0;
}

/* --- for people ---------------------------------------------------------- */

static void record_set_say(struct text *line, const char *before,
                           const char *text)
{
    if (text[0] != '\0')
        text_add(line, "%s%s", before, text);
}

/* "" when the server never said where it ran. */
static char *record_set_where(const cJSON *record)
{
    const cJSON *server = record_at(record, "/machine/server");
    const char *os = record_text(server, "/os");
    const char *edition = record_text(server, "/os_edition");
    bool wine = strcmp(os, "Wine") == 0;
    struct text line = {0};
    double cores, memory;
    char bytes[32];

    if (os[0] == '\0')
        return text_copy("");
    text_add(&line, "%s", wine || edition[0] == '\0' ? os : edition);
    record_set_say(&line, " ",
                   record_text(server, wine ? "/wine_version" : "/os_version"));
    record_set_say(&line, " on ", record_text(server, "/wine_host"));
    record_set_say(&line, "; ", record_text(server, "/cpu"));
    if (record_number(server, "/cores", &cores))
        text_add(&line, ", %.0f logical processor%s", cores,
                 cores == 1 ? "" : "s");
    if (record_number(server, "/memory_bytes", &memory))
        text_add(&line, ", %s memory",
                 number_show_bytes(memory, bytes, sizeof bytes));
    return text_take(&line);
}

bool records_are_of(const struct record_set *set, const char *command)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(record_text(set->records[i], "/suite/command"), command) ==
            0)
            return true;
    return false;
}

bool records_have(const struct record_set *set, const char *pointer)
{
    double value;

    for (size_t i = 0; i < set->count; i++)
        if (record_number(set->records[i], pointer, &value))
            return true;
    return false;
}

void records_span(const struct record_set *set, const char **first,
                  const char **last)
{
    *first = *last = record_text(set->records[0], "/started_at");
    for (size_t i = 1; i < set->count; i++) {
        const char *at = record_text(set->records[i], "/started_at");

        *first = strcmp(at, *first) < 0 ? at : *first;
        *last = strcmp(at, *last) > 0 ? at : *last;
    }
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
            return text_make("Measured under Wine %s: the figures compare the "
                             "models with each other there; they are not "
                             "Windows figures.",
                             record_text(server, "/wine_version"));
    }
    return NULL;
}
