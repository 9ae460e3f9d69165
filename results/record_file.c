#include "results/record_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/json.h"

enum { RECORD_NAMES_MAX = 1000 };

/* "20261122T141816.123Z-iocp-1000-echo-r1": sorts by time, and holds nothing
 * that a file system could mind. */
static char *record_name(const cJSON *record)
{
    static const char *const pointers[] = {
        "/started_at", "/asked/model", "/asked/connections", "/asked/pattern"};
    struct text name = {0};
    double repeat = 1;

    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        const cJSON *part = record_at(record, pointers[i]);
        const char *text = cJSON_GetStringValue(part);

        if (i > 0)
            text_add(&name, "-");
        if (cJSON_IsNumber(part))
            text_add(&name, "%.0f", part->valuedouble);
        for (; text != NULL && *text != '\0'; text++)
            if (isalnum((unsigned char)*text) || *text == '.' || *text == '_')
                text_add_bytes(&name, text, 1);
    }
    record_number(record, "/asked/repeat", &repeat);
    text_add(&name, "-r%.0f", repeat);
    return text_take(&name);
}

uint32_t record_write(const char *folder, const cJSON *record, char **path)
{
    char *printed = cJSON_Print(record), *name = record_name(record);
    struct text data = {0};
    uint32_t code = 0;

    text_add(&data, "%s\n", printed != NULL ? printed : "");
    cJSON_free(printed);
    for (int copy = 1; copy <= RECORD_NAMES_MAX; copy++) {
        char *file = copy > 1 ? text_make("%s-%d.json", name, copy)
                              : text_make("%s.json", name);

        *path = file_join(folder, file);
        free(file);
        code = file_write_new(*path, data.data, data.length);
        if (code == 0 || !file_exists(code) || copy == RECORD_NAMES_MAX)
            break;
        free(*path);
    }
    free(data.data);
    free(name);
    return code;
}

/* --- reading ------------------------------------------------------------- */

const char *record_fault(const cJSON *record)
{
    double version, connections;

    if (!record_number(record, "/schema_version", &version))
        return "is not a whole record: it has no schema_version; measure that "
               "run again";
    if (version > RECORD_VERSION)
        return "was written by a newer iomodels; use that one";
    if (!cJSON_IsBool(record_at(record, "/valid")))
        return "is not a whole record: \"valid\" is not true or false; measure "
               "that run again";
    if (record_text(record, "/asked/model")[0] == '\0' ||
        !record_number(record, "/asked/connections", &connections) ||
        connections < 1)
        return "is not a whole record: it has no asked.model or no "
               "asked.connections; measure that run again";
    return NULL;
}

cJSON *record_read(const char *path, bool *other)
{
    char what[JSON_WHAT_SIZE];
    const char *schema, *fault = NULL;
    cJSON *record;

    *other = false;
    if (!json_file(path, &record, what))
        return NULL;
    if (record == NULL) {
        complain("%s is %s; delete it and measure that run again", path, what);
        return NULL;
    }
    schema = cJSON_GetStringValue(record_at(record, "/schema"));
    if (schema == NULL || strncmp(schema, "iomodels/", 9) != 0)
        fault = "is not a record of iomodels; move it out of the folder";
    else if (strcmp(schema, "iomodels/run") != 0)
        *other = true;
    else
        fault = record_fault(record);
    if (fault != NULL)
        complain("%s %s", path, fault);
    if (fault == NULL && !*other)
        return record;
    cJSON_Delete(record);
    return NULL;
}
