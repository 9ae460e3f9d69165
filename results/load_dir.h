/* The records of a folder, grouped by what was asked. */
#ifndef IOMODELS_LOAD_DIR_H
#define IOMODELS_LOAD_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

/* Runs that differ in nothing but their repeat. */
struct record_group {
    const char *model, *pattern;
    double connections;
    char *setting; /* "pattern=echo message_bytes=4096 ...": all that counts */
    char *label;   /* the part of it that differs within the set, or "" */
    char *asked;   /* the setting without the launchers and the machine */
    char *launchers; /* "server_via=wine load_via=taskset -c 1", or "" */
    size_t count;
    const cJSON **records; /* owned by the set */
};

struct record_set {
    size_t count;
    cJSON **records;
    size_t group_count;
    struct record_group *groups; /* by setting, model (its order in the
                                    suite), connections */
    cJSON *refused;              /* results/refused.h; NULL: nothing was */
};

/* Reads every *.json directly in the folder. Files of other kinds of ours,
 * such as a plan ("schema": "iomodels/..." but not "iomodels/run"), are left
 * alone, but for
 * what was refused. NULL after one line to standard error: no such folder, no
 * records in it, the same one twice, or a file that is damaged, empty, not a
 * record or one that contradicts itself (exit 2). */
struct record_set *records_load(const char *folder);

/* The same for records in memory; takes them over. */
struct record_set *records_group(cJSON **records, size_t count);
void records_free(struct record_set *set);

/* How records may change. schema_version is raised only when a key goes away
 * or comes to mean something else: a record of a higher one is refused. Keys
 * may be added at any time; then the schema never requires them: in an older
 * record the figure is missing, as if it were null, and an older iomodels
 * reads past what it does not know.
 *
 * One file: NULL after one line to standard error. record_parse takes any JSON
 * of ours; *other: it is no record, but a plan or the like. record_read takes
 * only records, with *other NULL without a word, and of them only what the
 * schema allows, whatever more there is, and what does not contradict itself.
 * Control characters in texts are shown, not kept (results/json.h). */
cJSON *record_parse(const char *path, bool *other);
cJSON *record_read(const char *path, bool *other);

/* One line to standard error: "PATH is damaged: WHAT; " and what to do, which
 * is another thing for a plan.json or a refused.json. */
void record_complain(const char *path, const char *what);

/* The name of the file in the folder that records_load read a record from;
 * NULL for one in memory. */
const char *record_file(const cJSON *record);

/* For people: "Wine 8.0 (Linux 6.1.0), AMD EPYC, 2 processors, 7.8 GiB", of
 * the server's machine, each different one once, to free. */
char *records_machines(const struct record_set *set);

/* "measured under Wine 8.0: ... not Windows figures", or NULL. To free. */
char *records_wine(const struct record_set *set);

#endif
