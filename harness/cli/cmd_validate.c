#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"
#include "common/fs.h"
#include "cli/plan_file.h"
#include "results/load_dir.h"
#include "results/record.h"
#include "results/refused.h"
#include "results/schema.h"
#include "results/sums.h"
#include "common/text.h"

struct cmd_validate_seen {
    char *path, *id;
};

struct cmd_validate_tally {
    cJSON *schema, *wide; /* wide: whatever more there is is fine */
    unsigned long files, good, honest, bad, unreadable;
    const char *beside; /* what the last file is that is no record */
    size_t seen_count;
    struct cmd_validate_seen *seen; /* in this folder */
};

struct cmd_validate_fault {
    const char *path, *remedy;
};

static void cmd_validate_tell(void *context, const char *pointer,
                              const char *what)
{
    const struct cmd_validate_fault *fault = context;

    printf("%s: %s: %s; %s\n", fault->path, pointer[0] != '\0' ? pointer : "/",
           what, fault->remedy);
}

/* Whether the text "1.10.2" is of a later iomodels than this. */
static bool cmd_validate_later(const char *version)
{
    const char *own = IOMODELS_VERSION;

    while (*version != '\0' && *own != '\0') {
        char *version_end, *own_end;
        unsigned long theirs = strtoul(version, &version_end, 10);
        unsigned long ours = strtoul(own, &own_end, 10);

        if (theirs != ours)
            return theirs > ours;
        version = version_end + (*version_end == '.');
        own = own_end + (*own_end == '.');
        if (*version_end != '.' || *own_end != '.')
            break;
    }
    return false;
}

/* A later iomodels may have added keys; nobody else may. */
static const cJSON *cmd_validate_schema(const struct cmd_validate_tally *tally,
                                        const cJSON *record)
{
    const cJSON *version = record_at(record, "/suite/version");

    return cJSON_IsString(version) && cmd_validate_later(version->valuestring)
               ? tally->wide
               : tally->schema;
}

static size_t cmd_validate_record(const struct cmd_validate_tally *tally,
                                  const char *path, const cJSON *record)
{
    struct cmd_validate_fault fault = {
        path, "no iomodels writes this: measure that run again"};
    const struct fault_sink sink = {cmd_validate_tell, &fault};
    size_t faults =
        schema_check(cmd_validate_schema(tally, record), record, &sink);

    if (faults > 0)
        return faults;
    fault.remedy = "it contradicts itself: measure that run again";
    return sums_check_all(record, &sink) + sums_check_names(record, &sink);
}

/* --- what lies beside records --------------------------------------------- */

struct cmd_validate_kind {
    const char *schema, *file, *is; /* `is`: what people call it */
    bool (*whole)(const cJSON *file);
};

static const struct cmd_validate_kind cmd_validate_kinds[] = {
    {"iomodels/plan", "plan.json", "a plan", plan_file_whole},
    {"iomodels/refused", "refused.json", "a list of what was refused",
     refused_whole},
    {"iomodels/faults", NULL, "a fault matrix", NULL},
    {NULL, NULL, "none of this version", NULL},
};

/* By its name first: what the others take it for. */
static const struct cmd_validate_kind *cmd_validate_kind(const char *path,
                                                         const cJSON *file)
{
    const struct cmd_validate_kind *kind = cmd_validate_kinds;
    const char *schema = cJSON_GetStringValue(record_at(file, "/schema"));

    for (; kind->schema != NULL; kind++)
        if (kind->file != NULL && strcmp(fs_name(path), kind->file) == 0)
            return kind;
    for (kind = cmd_validate_kinds; kind->schema != NULL; kind++)
        if (schema != NULL && strcmp(schema, kind->schema) == 0)
            break;
    return kind;
}

static void cmd_validate_beside(struct cmd_validate_tally *tally,
                                const char *path, const cJSON *file)
{
    const struct cmd_validate_kind *kind = cmd_validate_kind(path, file);
    char what[96];

    tally->beside = kind->is;
    if (kind->whole == NULL || kind->whole(file))
        return;
    snprintf(what, sizeof what, "it is not %s, or not a whole one", kind->is);
    record_complain(path, what);
    tally->unreadable++;
}

/* --- files and folders ---------------------------------------------------- */

/* A record twice in a folder would count as two runs. */
static bool cmd_validate_again(struct cmd_validate_tally *tally,
                               const char *path, const cJSON *record)
{
    const char *id = record_id(record);

    for (size_t i = 0; i < tally->seen_count; i++)
        if (strcmp(tally->seen[i].id, id) == 0) {
            printf("%s: /id: it is the same run as %s, %s; delete one of "
                   "them\n",
                   path, tally->seen[i].path, id);
            return true;
        }
    tally->seen =
        realloc(tally->seen, (tally->seen_count + 1) * sizeof *tally->seen);
    if (tally->seen == NULL)
        die("realloc");
    tally->seen[tally->seen_count].path = text_copy(path);
    tally->seen[tally->seen_count++].id = text_copy(id);
    return false;
}

static void cmd_validate_forget(struct cmd_validate_tally *tally)
{
    for (size_t i = 0; i < tally->seen_count; i++) {
        free(tally->seen[i].path);
        free(tally->seen[i].id);
    }
    free(tally->seen);
    tally->seen = NULL;
    tally->seen_count = 0;
}

static void cmd_validate_file(struct cmd_validate_tally *tally,
                              const char *path)
{
    bool other;
    cJSON *record = record_parse(path, &other);
    char *reasons;

    if (other) {
        cmd_validate_beside(tally, path, record);
        cJSON_Delete(record);
        return;
    }
    tally->files++;
    if (record == NULL) {
        tally->unreadable++;
        return;
    }
    if (cmd_validate_record(tally, path, record) > 0 ||
        cmd_validate_again(tally, path, record)) {
        tally->bad++;
    } else if (record_valid(record, &reasons)) {
        tally->good++;
    } else {
        tally->honest++;
        printf("%s: a whole record of a run that is not valid: %s\n", path,
               reasons);
        free(reasons);
    }
    cJSON_Delete(record);
}

static void cmd_validate_folder(struct cmd_validate_tally *tally,
                                const char *folder)
{
    unsigned long before = tally->files;
    struct fs_names names;
    uint32_t code = fs_list(folder, ".json", &names);

    if (code != 0) {
        fs_complain("read the folder", folder, code);
        tally->unreadable++;
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        char *path = fs_join(folder, names.name[i]);

        cmd_validate_file(tally, path);
        free(path);
    }
    fs_names_free(&names);
    if (tally->files == before) {
        complain("%s holds no records; name the folder that 'iomodels "
                 "compare' or 'iomodels run' printed",
                 folder);
        tally->unreadable++;
    }
}

static void cmd_validate_path(struct cmd_validate_tally *tally,
                              const char *path)
{
    unsigned long before = tally->files, told = tally->unreadable;

    if (fs_is_folder(path))
        cmd_validate_folder(tally, path);
    else
        cmd_validate_file(tally, path);
    cmd_validate_forget(tally);
    if (tally->files == before && tally->unreadable == told) {
        complain("%s is %s, not a record; name a record or a folder", path,
                 tally->beside);
        tally->unreadable++;
    }
}

int cmd_validate(int argc, char **argv)
{
    struct arg_list *paths = calloc(1, sizeof *paths);
    struct cmd_validate_tally tally = {0};
    const struct arg args[] = {
        {"FILE", ARG_EACH, paths, 0, 0, NULL,
         "a record, or a folder of records; may be given again"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels validate FILE|DIR...",
        "Checks records against the schema and their sums.", args, 1};
    enum args_result parsed;

    if (paths == NULL)
        die("calloc");
    parsed = args_parse(&command, argc, argv);
    if (parsed == ARGS_GO) {
        tally.schema = schema_run();
        tally.wide = schema_run();
        schema_allow_more(tally.wide);
        for (size_t i = 0; i < paths->count; i++)
            cmd_validate_path(&tally, paths->text[i]);
        cJSON_Delete(tally.schema);
        cJSON_Delete(tally.wide);
        printf("%lu %s: %lu valid, %lu of runs that were not valid, %lu "
               "bad, %lu unreadable\n",
               tally.files, tally.files == 1 ? "record" : "records", tally.good,
               tally.honest, tally.bad, tally.unreadable);
    }
    free(paths);
    if (parsed != ARGS_GO)
        return parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (tally.unreadable > 0)
        return EXIT_BAD_INPUT;
    return tally.bad > 0 ? EXIT_BAD_RUN : 0;
}
