#include "results/record_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/text.h"
#include "results/fields.h"

enum { RECORD_NAMES_MAX = 1000 };

const char record_schema[] = "iomodels/run";

/* A key of our own in the record in memory. */
static const char record_file_key[] = "file";

/* --- JSON ---------------------------------------------------------------- */

/* Those from U+0080 on are two bytes, and terminals obey them as well. */
static void json_hide_text(char *text)
{
    unsigned char *at = (unsigned char *)text;

    if (text != NULL)
        utf8_valid(text);
    for (; at != NULL && *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7F)
            *at = '?';
        else if (*at == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0)
            at[0] = at[1] = '?';
}

static void json_hide_controls(cJSON *value)
{
    cJSON *child;

    json_hide_text(value->valuestring);
    json_hide_text(value->string);
    cJSON_ArrayForEach (child, value)
        json_hide_controls(child);
}

cJSON *json_read(const char *data, size_t size, size_t *parsed)
{
    const char *end = data;
    cJSON *value = cJSON_ParseWithLengthOpts(data, size + 1, &end, 1);

    *parsed = (size_t)(end - data);
    if (value != NULL)
        json_hide_controls(value);
    return value;
}

cJSON *json_file(const char *path, const char *remedy)
{
    char *data;
    size_t size, parsed;
    uint32_t code = file_read(path, &data, &size);
    cJSON *value;

    if (code != 0) {
        file_complain("read", path, code);
        return NULL;
    }
    value = json_read(data, size, &parsed);
    free(data);
    if (value == NULL)
        complain("%s is not JSON at byte %zu of %zu; %s", path, parsed, size,
                 remedy);
    return value;
}

/* --- writing ------------------------------------------------------------- */

/* "20261122T141816.123Z-iocp-1000-echo-r1": sorts by time, and holds nothing
 * that a file system could mind. */
static char *record_name(const cJSON *record)
{
    struct text name = {0};
    char *parts;

    parts = text_make("%s %s %.0f %s r%.0f", record_text(record, "/started_at"),
                      record_text(record, "/asked/model"),
                      record_number_or(record, "/asked/connections", 0),
                      record_text(record, "/asked/pattern"),
                      record_number_or(record, "/asked/repeat", 1));
    for (const char *at = parts; *at != '\0'; at++)
        if (*at == ' ')
            text_add(&name, "-");
        else if (isalnum((unsigned char)*at) || *at == '.' || *at == '_')
            text_add_bytes(&name, at, 1);
    free(parts);
    return text_take(&name);
}

uint32_t record_write(const char *folder, const cJSON *record, char **path)
{
    char *data = json_print(record), *name = record_name(record);
    uint32_t code;

    for (int copy = 1;; copy++) {
        char *file = copy > 1 ? text_make("%s-%d.json", name, copy)
                              : text_make("%s.json", name);

        *path = file_join(folder, file);
        free(file);
        code = file_write_new(*path, data, strlen(data));
        if (!file_exists(code) || copy == RECORD_NAMES_MAX)
            break;
        free(*path);
    }
    free(data);
    free(name);
    return code;
}

void record_rescue(const cJSON *record, const char *path)
{
    char *printed = json_print(record);

    complain("the record is printed on standard output instead: save it as %s "
             "when there is room",
             path);
    fputs(printed, stdout);
    free(printed);
}

/* --- reading ------------------------------------------------------------- */

const char *record_fault(const cJSON *record)
{
    double version, connections;

    if (record_number(record, "/schema_version", &version) &&
        version > RECORD_VERSION)
        return "was written by a newer iomodels; use that one";
    if (!record_number(record, "/schema_version", &version) ||
        !cJSON_IsBool(record_at(record, "/valid")) ||
        record_text(record, "/asked/model")[0] == '\0' ||
        !record_number(record, "/asked/connections", &connections) ||
        connections < 1)
        return "is not a whole record: schema_version, valid, asked.model or "
               "asked.connections is missing or wrong; measure that run again";
    return NULL;
}

/* NULL after one line to standard error, or, with *other, of another schema. */
static cJSON *record_read(const char *path, const char *schema, bool *other)
{
    cJSON *record = json_file(path, "delete it and measure that run again");
    const char *found = record_text(record, "/schema"), *fault = NULL;

    *other = false;
    if (record == NULL)
        return NULL;
    if (strncmp(found, "iomodels/", 9) != 0)
        fault = "is not a record of iomodels; move it out of the folder";
    else if (strcmp(found, schema) != 0)
        *other = true;
    else if (strcmp(found, record_schema) == 0)
        fault = record_fault(record);
    if (fault != NULL)
        complain("%s %s", path, fault);
    if (fault == NULL && !*other)
        return record;
    cJSON_Delete(record);
    return NULL;
}

bool records_read(const char *folder, const char *schema, cJSON ***records,
                  size_t *count)
{
    struct words names;
    const uint32_t code = file_list(folder, ".json", &names);
    bool good = code == 0, other;

    *count = 0;
    *records = calloc_or_die(names.count + 1, sizeof(cJSON *));
    if (!good)
        file_complain("read the folder", folder, code);
    for (size_t i = 0; i < names.count && good; i++) {
        const char *name = names.word[i];
        char *path = file_join(folder, name);
        cJSON *record = NULL;

        if (name[0] != '.') { /* a Mac's copy has ._NAME beside each */
            record = record_read(path, schema, &other);
            good = record != NULL || other;
        }
        if (record != NULL) {
            cJSON_DeleteItemFromObjectCaseSensitive(record, record_file_key);
            cJSON_AddStringToObject(record, record_file_key, name);
            (*records)[(*count)++] = record;
        }
        free(path);
    }
    words_free(&names);
    return good;
}

const char *record_file(const cJSON *record)
{
    return cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(record, record_file_key));
}
