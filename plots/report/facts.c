#include "plots/report/report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "results/html.h"
#include "results/record.h"

enum { FACTS_SHOWN = 6 };

/* What the records say of one key: each different value once. */
struct facts_values {
    size_t count;
    char *value[FACTS_SHOWN];
};

static void facts_value(struct text *out, const cJSON *item)
{
    char *printed;

    if (cJSON_IsString(item)) {
        text_add(out, "%s", item->valuestring);
        return;
    }
    printed = cJSON_PrintUnformatted(item);
    text_add(out, "%s", printed != NULL ? printed : "");
    cJSON_free(printed);
}

static void facts_add(struct facts_values *values, const cJSON *item)
{
    struct text text = {0};
    char *value;

    facts_value(&text, item);
    value = text_take(&text);
    for (size_t i = 0; i < values->count && i < FACTS_SHOWN; i++)
        if (strcmp(values->value[i], value) == 0) {
            free(value);
            return;
        }
    if (values->count < FACTS_SHOWN)
        values->value[values->count] = value;
    else
        free(value);
    values->count++;
}

static void facts_row(struct text *out, const char *key,
                      const struct facts_values *values)
{
    text_add(out, "<tr><th scope=\"row\">");
    html_text(out, key);
    text_add(out, "</th><td class=\"words\">");
    if (values->count > FACTS_SHOWN) {
        text_add(out, "differs from run to run: see the records");
    } else {
        for (size_t i = 0; i < values->count; i++) {
            text_add(out, "%s", i > 0 ? "; " : "");
            html_text(out, values->value[i]);
        }
    }
    text_add(out, "</td></tr>\n");
}

/* The values of one key of the object at `pointer`, over all records. */
static void facts_key(struct text *out, const struct record_set *set,
                      const char *pointer, const char *key)
{
    struct facts_values values = {0};

    for (size_t i = 0; i < set->count; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(
            record_at(set->records[i], pointer), key);

        if (item != NULL && !cJSON_IsNull(item))
            facts_add(&values, item);
    }
    if (values.count > 0)
        facts_row(out, key, &values);
    for (size_t i = 0; i < values.count && i < FACTS_SHOWN; i++)
        free(values.value[i]);
}

/* The record whose object at `pointer` has most to say names the keys. */
static const cJSON *facts_fullest(const struct record_set *set,
                                  const char *pointer)
{
    const cJSON *fullest = NULL;

    for (size_t i = 0; i < set->count; i++) {
        const cJSON *object = record_at(set->records[i], pointer);

        if (cJSON_GetArraySize(object) > cJSON_GetArraySize(fullest))
            fullest = object;
    }
    return fullest;
}

static bool facts_has_table(const char *key)
{
    return strcmp(key, "process") == 0 || strcmp(key, "socket") == 0;
}

static void facts_table(struct text *out, const struct record_set *set,
                        const char *pointer, const char *caption)
{
    const cJSON *item;

    text_add(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"");
    html_text(out, caption);
    text_add(out, "\">\n<table class=\"facts\">\n<caption>");
    html_text(out, caption);
    text_add(
        out,
        "</caption>\n<thead><tr><th scope=\"col\" class=\"words\">what</th>"
        "<th scope=\"col\" class=\"words\">value</th></tr></thead>\n"
        "<tbody>\n");
    cJSON_ArrayForEach (item, facts_fullest(set, pointer))
        if (!facts_has_table(item->string))
            facts_key(out, set, pointer, item->string);
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

void report_machines(struct text *out, const struct record_set *set)
{
    facts_table(out, set, "/machine/server", "The server's machine");
    facts_table(out, set, "/machine/server/process",
                "The server's process, as it said when it was ready");
    facts_table(out, set, "/machine/server/process/socket",
                "Options of its sockets, read back");
    facts_table(out, set, "/machine/load", "The load generator's machine");
    facts_table(out, set, "/machine/load/process",
                "The load generator's process");
}

void report_settings(struct text *out, const struct record_set *set)
{
    facts_table(out, set, "/asked",
                "What was asked for (what is not here: the program's default)");
}
