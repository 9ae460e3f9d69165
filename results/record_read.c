#include "results/load_dir.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "results/json.h"
#include "results/record.h"
#include "results/schema.h"
#include "results/sums.h"

/* What to do about a file that is none of ours, by the name it has. */
static const struct {
    const char *name, *remedy;
} record_read_beside[] = {
    {"plan.json", "delete it: only --resume needs it"},
    {"refused.json", "delete it: what it refused is then missing from the "
                     "table, the records are all there"},
};

static const char *record_read_remedy(const char *path)
{
    for (size_t i = 0;
         i < sizeof record_read_beside / sizeof *record_read_beside; i++)
        if (strcmp(fs_name(path), record_read_beside[i].name) == 0)
            return record_read_beside[i].remedy;
    return NULL;
}

void record_complain(const char *path, const char *what)
{
    const char *remedy = record_read_remedy(path);

    complain("%s is damaged: %s; %s", path, what,
             remedy != NULL ? remedy : "delete it and measure that run again");
}

static bool record_read_ours(const char *path, const cJSON *record, bool *other)
{
    const char *schema = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(record, "schema"));
    double version = RECORD_VERSION;

    if (schema == NULL || strncmp(schema, "iomodels/", 9) != 0) {
        if (record_read_remedy(path) != NULL)
            record_complain(path, "it has no \"schema\" of ours");
        else
            complain("%s is not a record of iomodels: it has no \"schema\" of "
                     "ours; move it out of the folder",
                     path);
        return false;
    }
    if (strcmp(schema, "iomodels/run") != 0) {
        *other = true;
        return true;
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
    char what[JSON_WHAT_SIZE] = "it is empty";
    cJSON *record = NULL;
    char *data;
    size_t size;
    uint32_t code = fs_read(path, &data, &size);

    *other = false;
    if (code != 0) {
        fs_complain("read", path, code);
        return NULL;
    }
    if (size > 0)
        record = json_read(data, size, what);
    free(data);
    if (record == NULL) {
        record_complain(path, what);
        return NULL;
    }
    json_show_controls(record);
    if (!record_read_ours(path, record, other)) {
        cJSON_Delete(record);
        return NULL;
    }
    return record;
}

struct record_read_fault {
    const char *path, *is, *remedy;
    bool told;
};

static void record_read_first(void *context, const char *pointer,
                              const char *what)
{
    struct record_read_fault *fault = context;

    if (!fault->told)
        complain("%s %s: %s %s; %s'iomodels validate' tells all of it",
                 fault->path, fault->is,
                 pointer[0] != '\0' ? pointer : "the record", what,
                 fault->remedy);
    fault->told = true;
}

cJSON *record_read(const char *path, bool *other)
{
    struct record_read_fault fault = {path, "is damaged", "", false};
    const struct fault_sink sink = {record_read_first, &fault};
    cJSON *record = record_parse(path, other), *schema;
    size_t faults;

    if (record == NULL)
        return NULL;
    if (*other) {
        cJSON_Delete(record);
        return NULL;
    }
    schema = schema_run();
    schema_allow_more(schema);
    faults = schema_check(schema, record, &sink);
    cJSON_Delete(schema);
    fault.is = "contradicts itself";
    fault.remedy = "measure that run again, ";
    if (faults == 0 && sums_check_all(record, &sink) == 0)
        return record;
    cJSON_Delete(record);
    return NULL;
}
