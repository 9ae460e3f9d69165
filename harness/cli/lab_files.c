#include "cli/lab_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/number.h"
#include "results/fields.h"
#include "results/record_file.h"

enum { LAB_VERSION = 1 };

static const char lab_plan_name[] = "lab.json";
static const char lab_plan_schema[] = "iomodels/lab-plan";

static uint32_t lab_write(const struct lab_session *session, const char *name,
                          const cJSON *value)
{
    char *text = json_print(value), *path = file_join(session->folder, name);
    uint32_t error = file_write_new(path, text, strlen(text));
    if (error != 0 && !file_exists(error))
        file_complain("write", path, error);
    free(text);
    free(path);
    return error;
}

static cJSON *lab_head(const struct lab_session *session, const char *schema)
{
    cJSON *head = cJSON_CreateObject();
    cJSON_AddStringToObject(head, "schema", schema);
    cJSON_AddNumberToObject(head, "schema_version", LAB_VERSION);
    cJSON_AddStringToObject(head, "version", IOMODELS_VERSION);
    cJSON_AddStringToObject(head, "session", session->id);
    cJSON_AddBoolToObject(head, "quick", session->quick);
    cJSON_AddNumberToObject(head, "seed", (double)session->seed);
    return head;
}

/* --- the plan ------------------------------------------------------------- */

bool lab_plan_write(const struct lab_session *session,
                    const struct lab_experiment *const *chosen)
{
    uint32_t error = file_make_folders(session->folder);
    if (error != 0) {
        file_complain("make the folder", session->folder, error);
        return false;
    }
    cJSON *plan = lab_head(session, lab_plan_schema);
    cJSON *ids = cJSON_AddArrayToObject(plan, "experiments");
    for (size_t i = 0; chosen[i] != NULL; i++)
        cJSON_AddItemToArray(ids, cJSON_CreateString(chosen[i]->id));
    error = lab_write(session, lab_plan_name, plan);
    cJSON_Delete(plan);
    if (file_exists(error))
        complain("--output: %s holds experiments already; go on with them by "
                 "--resume %s, or choose another folder",
                 session->folder, session->folder);
    return error == 0;
}

cJSON *lab_plan_read(struct lab_session *session)
{
    static const char remedy[] = "begin anew in another folder";
    char *path = file_join(session->folder, lab_plan_name);
    cJSON *plan = json_file(path, remedy);
    double seed = 0;
    if (plan != NULL &&
        (strcmp(record_text(plan, "/schema"), lab_plan_schema) != 0 ||
         strcmp(record_text(plan, "/version"), IOMODELS_VERSION) != 0)) {
        complain("--resume: %s is not a plan of this version's laboratory; %s",
                 path, remedy);
        cJSON_Delete(plan);
        plan = NULL;
    }
    free(path);
    session->quick = cJSON_IsTrue(record_at(plan, "/quick"));
    if (record_number(plan, "/seed", &seed))
        session->seed = number_whole(seed);
    snprintf(session->id, sizeof session->id, "%s",
             record_text(plan, "/session"));
    return plan;
}

/* --- records -------------------------------------------------------------- */

static char *lab_file_name(const char *id)
{
    return text_make("%s.json", id);
}

cJSON *lab_record_make(const struct lab_session *session,
                       const struct lab_experiment *e, cJSON *measured)
{
    cJSON *record = lab_head(session, "iomodels/lab");
    cJSON_AddStringToObject(record, "id", e->id);
    cJSON_AddStringToObject(record, "title", e->title);
    cJSON_AddStringToObject(record, "group", lab_group(e)->name);
    cJSON_AddStringToObject(record, "claim", e->claim);
    cJSON_AddStringToObject(record, "source", lab_group(e)->source);
    cJSON_AddStringToObject(record, "today", e->today);
    cJSON_AddNumberToObject(record, "rounds", lab_rounds(e, session->quick));
    cJSON *arms = cJSON_AddArrayToObject(record, "arms");
    for (int i = 0; e->arms[i].name != NULL; i++) {
        cJSON *one = cJSON_CreateObject();
        char *paste = lab_paste(e, i, session->quick);
        cJSON_AddStringToObject(one, "arm", e->arms[i].name);
        cJSON_AddStringToObject(one, "command", paste);
        cJSON_AddItemToArray(arms, one);
        free(paste);
    }
    cJSON *parts = lab_judge(e, measured, lab_is_wine(session));
    cJSON_AddStringToObject(record, "verdict", lab_verdict(parts));
    cJSON_AddItemToObject(record, "parts", parts);
    cJSON_AddItemToObject(record, "measured", measured);
    cJSON_AddItemToObject(record, "same",
                          session->same != NULL
                              ? cJSON_Duplicate(session->same, true)
                              : cJSON_CreateNull());
    cJSON *machine = cJSON_AddObjectToObject(record, "machine");
    cJSON_AddItemToObject(machine, "server",
                          cJSON_Duplicate(session->machine, true));
    return record;
}

bool lab_record_write(const struct lab_session *session, const cJSON *record)
{
    char *name = lab_file_name(record_text(record, "/id"));
    char *path = file_join(session->folder, name);
    uint32_t error = lab_write(session, name, record);
    if (file_exists(error))
        complain("%s is there already; was the folder resumed twice?", path);
    else if (error != 0)
        record_rescue(record, path);
    free(name);
    free(path);
    return error == 0;
}

bool lab_is_done(const struct lab_session *session,
                 const struct lab_experiment *e)
{
    char *name = lab_file_name(e->id), *path = file_join(session->folder, name);
    bool done = file_is_file(path);
    free(path);
    free(name);
    return done;
}
