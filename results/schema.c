#include "results/schema.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/text.h"
#include "run_schema.h"

struct schema_walk {
    const cJSON *root;
    const struct fault_sink *sink;
    size_t faults;
    struct text pointer;
};

static size_t schema_check_at(struct schema_walk *walk, const cJSON *schema,
                              const cJSON *value);

cJSON *schema_run(void)
{
    cJSON *schema = cJSON_ParseWithLength(run_schema, run_schema_size);

    if (schema == NULL)
        die("cJSON_ParseWithLength of the embedded schema");
    return schema;
}

PRINTF_LIKE(2, 3)
static void schema_tell(struct schema_walk *walk, const char *format, ...)
{
    char what[256];
    va_list args;

    walk->faults++;
    if (walk->sink == NULL)
        return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    walk->sink->tell(walk->sink->context,
                     walk->pointer.data != NULL ? walk->pointer.data : "",
                     what);
}

/* Adds a name to the pointer, escaped by RFC 6901; returns what to cut to. */
static size_t schema_enter(struct schema_walk *walk, const char *name)
{
    size_t before = walk->pointer.length;

    text_add(&walk->pointer, "/");
    for (; *name != '\0'; name++) {
        if (*name == '~')
            text_add(&walk->pointer, "~0");
        else if (*name == '/')
            text_add(&walk->pointer, "~1");
        else
            text_add_bytes(&walk->pointer, name, 1);
    }
    return before;
}

static void schema_leave(struct schema_walk *walk, size_t before)
{
    walk->pointer.length = before;
    walk->pointer.data[before] = '\0';
}

static size_t schema_check_in(struct schema_walk *walk, const cJSON *schema,
                              const cJSON *value, const char *name)
{
    size_t before = schema_enter(walk, name);
    size_t faults = schema_check_at(walk, schema, value);

    schema_leave(walk, before);
    return faults;
}

static const char *schema_type_of(const cJSON *value)
{
    if (cJSON_IsObject(value))
        return "object";
    if (cJSON_IsArray(value))
        return "array";
    if (cJSON_IsString(value))
        return "string";
    if (cJSON_IsBool(value))
        return "boolean";
    if (cJSON_IsNull(value))
        return "null";
    return value->valuedouble == floor(value->valuedouble) ? "integer"
                                                           : "number";
}

static bool schema_type_is(const char *type, const char *wanted)
{
    return strcmp(type, wanted) == 0 ||
           (strcmp(type, "integer") == 0 && strcmp(wanted, "number") == 0);
}

static void schema_type(struct schema_walk *walk, const cJSON *wanted,
                        const cJSON *value, const cJSON *schema)
{
    const char *type = schema_type_of(value);
    const cJSON *each;
    struct text list = {0};
    char *names;

    (void)schema;
    if (cJSON_IsString(wanted)) {
        if (!schema_type_is(type, wanted->valuestring))
            schema_tell(walk, "is %s, not %s", type, wanted->valuestring);
        return;
    }
    cJSON_ArrayForEach (each, wanted)
        if (schema_type_is(type, each->valuestring))
            return;
    cJSON_ArrayForEach (each, wanted) {
        text_add(&list, "%s%s", list.length != 0 ? " or " : "",
                 each->valuestring);
    }
    names = text_take(&list);
    schema_tell(walk, "is %s, not %s", type, names);
    free(names);
}

static void schema_properties(struct schema_walk *walk, const cJSON *properties,
                              const cJSON *value, const cJSON *schema)
{
    const cJSON *property;

    (void)schema;
    cJSON_ArrayForEach (property, properties) {
        const cJSON *member =
            cJSON_GetObjectItemCaseSensitive(value, property->string);

        if (cJSON_IsObject(value) && member != NULL)
            schema_check_in(walk, property, member, property->string);
    }
}

static void schema_required(struct schema_walk *walk, const cJSON *names,
                            const cJSON *value, const cJSON *schema)
{
    const cJSON *name;

    (void)schema;
    cJSON_ArrayForEach (name, names)
        if (cJSON_IsObject(value) &&
            cJSON_GetObjectItemCaseSensitive(value, name->valuestring) == NULL)
            schema_tell(walk, "has no \"%s\"", name->valuestring);
}

static void schema_additional(struct schema_walk *walk, const cJSON *rule,
                              const cJSON *value, const cJSON *schema)
{
    const cJSON *properties =
        cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *member;

    if (!cJSON_IsObject(value))
        return;
    cJSON_ArrayForEach (member, value) {
        if (cJSON_GetObjectItemCaseSensitive(properties, member->string) !=
            NULL)
            continue;
        if (cJSON_IsFalse(rule))
            schema_tell(walk, "has \"%s\", which no record has",
                        member->string);
        else if (cJSON_IsObject(rule))
            schema_check_in(walk, rule, member, member->string);
    }
}

static void schema_items(struct schema_walk *walk, const cJSON *rule,
                         const cJSON *value, const cJSON *schema)
{
    const cJSON *item;
    unsigned long at = 0;
    char name[24];

    (void)schema;
    if (!cJSON_IsArray(value))
        return;
    cJSON_ArrayForEach (item, value) {
        snprintf(name, sizeof name, "%lu", at++);
        schema_check_in(walk, rule, item, name);
    }
}

static void schema_enum(struct schema_walk *walk, const cJSON *choices,
                        const cJSON *value, const cJSON *schema)
{
    const cJSON *choice;

    (void)schema;
    cJSON_ArrayForEach (choice, choices)
        if (cJSON_Compare(choice, value, true))
            return;
    schema_tell(walk, "is none of the values that it may have%s%s%s",
                cJSON_IsString(value) ? ": \"" : "",
                cJSON_IsString(value) ? value->valuestring : "",
                cJSON_IsString(value) ? "\"" : "");
}

static void schema_const(struct schema_walk *walk, const cJSON *wanted,
                         const cJSON *value, const cJSON *schema)
{
    char *text;

    (void)schema;
    if (cJSON_Compare(wanted, value, true))
        return;
    text = cJSON_PrintUnformatted(wanted);
    schema_tell(walk, "is not %s", text != NULL ? text : "as required");
    cJSON_free(text);
}

static void schema_minimum(struct schema_walk *walk, const cJSON *limit,
                           const cJSON *value, const cJSON *schema)
{
    (void)schema;
    if (cJSON_IsNumber(value) && value->valuedouble < limit->valuedouble)
        schema_tell(walk, "is %.17g, under the least of %.17g",
                    value->valuedouble, limit->valuedouble);
}

static void schema_maximum(struct schema_walk *walk, const cJSON *limit,
                           const cJSON *value, const cJSON *schema)
{
    (void)schema;
    if (cJSON_IsNumber(value) && value->valuedouble > limit->valuedouble)
        schema_tell(walk, "is %.17g, over the most of %.17g",
                    value->valuedouble, limit->valuedouble);
}

static void schema_min_length(struct schema_walk *walk, const cJSON *limit,
                              const cJSON *value, const cJSON *schema)
{
    double length = 0;

    (void)schema;
    if (!cJSON_IsString(value))
        return;
    /* The schema counts characters: all bytes but UTF-8 continuations. */
    for (const char *at = value->valuestring; *at != '\0'; at++)
        length += (*at & 0xC0) != 0x80;
    if (length < limit->valuedouble)
        schema_tell(walk, "is too short a text: \"%s\"", value->valuestring);
}

static void schema_min_items(struct schema_walk *walk, const cJSON *limit,
                             const cJSON *value, const cJSON *schema)
{
    (void)schema;
    if (cJSON_IsArray(value) && cJSON_GetArraySize(value) < limit->valueint)
        schema_tell(walk, "has %d items, fewer than %d",
                    cJSON_GetArraySize(value), limit->valueint);
}

static void schema_max_items(struct schema_walk *walk, const cJSON *limit,
                             const cJSON *value, const cJSON *schema)
{
    (void)schema;
    if (cJSON_IsArray(value) && cJSON_GetArraySize(value) > limit->valueint)
        schema_tell(walk, "has %d items, more than %d",
                    cJSON_GetArraySize(value), limit->valueint);
}

static void schema_ref(struct schema_walk *walk, const cJSON *ref,
                       const cJSON *value, const cJSON *schema)
{
    static const char here[] = "#/$defs/";
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(walk->root, "$defs");
    const cJSON *target = NULL;

    (void)schema;
    if (strncmp(ref->valuestring, here, sizeof here - 1) == 0)
        target = cJSON_GetObjectItemCaseSensitive(defs, ref->valuestring +
                                                            sizeof here - 1);
    if (target == NULL)
        schema_tell(walk, "has a rule that is not there: %s", ref->valuestring);
    else
        schema_check_at(walk, target, value);
}

/* How to look for keywords inside a keyword's value. */
enum schema_inside { INSIDE_NOTHING, INSIDE_ONE, INSIDE_MAP };

struct schema_keyword {
    const char *name;
    void (*check)(struct schema_walk *walk, const cJSON *rule,
                  const cJSON *value, const cJSON *schema);
    enum schema_inside inside;
};

static const struct schema_keyword schema_keywords[] = {
    {"$schema", NULL, INSIDE_NOTHING},
    {"$id", NULL, INSIDE_NOTHING},
    {"$defs", NULL, INSIDE_MAP},
    {"title", NULL, INSIDE_NOTHING},
    {"description", NULL, INSIDE_NOTHING},
    {"type", schema_type, INSIDE_NOTHING},
    {"properties", schema_properties, INSIDE_MAP},
    {"required", schema_required, INSIDE_NOTHING},
    {"additionalProperties", schema_additional, INSIDE_ONE},
    {"items", schema_items, INSIDE_ONE},
    {"enum", schema_enum, INSIDE_NOTHING},
    {"const", schema_const, INSIDE_NOTHING},
    {"minimum", schema_minimum, INSIDE_NOTHING},
    {"maximum", schema_maximum, INSIDE_NOTHING},
    {"minLength", schema_min_length, INSIDE_NOTHING},
    {"minItems", schema_min_items, INSIDE_NOTHING},
    {"maxItems", schema_max_items, INSIDE_NOTHING},
    {"$ref", schema_ref, INSIDE_NOTHING},
};

static const struct schema_keyword *schema_keyword(const char *name)
{
    for (size_t i = 0; i < sizeof schema_keywords / sizeof *schema_keywords;
         i++)
        if (strcmp(schema_keywords[i].name, name) == 0)
            return &schema_keywords[i];
    return NULL;
}

static size_t schema_check_at(struct schema_walk *walk, const cJSON *schema,
                              const cJSON *value)
{
    size_t before = walk->faults;
    const cJSON *rule;

    cJSON_ArrayForEach (rule, schema) {
        const struct schema_keyword *keyword = schema_keyword(rule->string);

        if (keyword != NULL && keyword->check != NULL)
            keyword->check(walk, rule, value, schema);
    }
    return walk->faults - before;
}

size_t schema_check(const cJSON *schema, const cJSON *value,
                    const struct fault_sink *sink)
{
    struct schema_walk walk = {schema, sink, 0, {0}};
    size_t faults = schema_check_at(&walk, schema, value);

    free(walk.pointer.data);
    return faults;
}

void schema_allow_more(cJSON *schema)
{
    static const char additional[] = "additionalProperties";
    cJSON *child;

    if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(schema, additional)))
        cJSON_DeleteItemFromObjectCaseSensitive(schema, additional);
    cJSON_ArrayForEach (child, schema)
        schema_allow_more(child);
}

static void schema_strangers_at(struct schema_walk *walk, const cJSON *schema)
{
    const cJSON *rule, *inner;

    if (!cJSON_IsObject(schema))
        return;
    cJSON_ArrayForEach (rule, schema) {
        const struct schema_keyword *keyword = schema_keyword(rule->string);
        size_t before = schema_enter(walk, rule->string);

        if (keyword == NULL)
            schema_tell(walk, "is a keyword that is not checked");
        else if (keyword->inside == INSIDE_ONE)
            schema_strangers_at(walk, rule);
        else if (keyword->inside != INSIDE_NOTHING)
            cJSON_ArrayForEach (inner, rule)
                schema_strangers_at(walk, inner);
        schema_leave(walk, before);
    }
}

size_t schema_strangers(const cJSON *schema, const struct fault_sink *sink)
{
    struct schema_walk walk = {schema, sink, 0, {0}};

    schema_strangers_at(&walk, schema);
    free(walk.pointer.data);
    return walk.faults;
}
