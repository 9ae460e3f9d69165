/* The records of a folder, grouped by what was asked. */
#ifndef IOMODELS_RECORD_SET_H
#define IOMODELS_RECORD_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

/* Runs that differ in nothing but their repeat. */
struct record_group {
    const char *model;
    double connections;
    char *key;     /* the same of all its runs; groups are in its order */
    char *setting; /* "pattern=echo message_bytes=4096 ...": all that counts */
    char *label;   /* the part of it that differs within the set, or "" */
    char *asked;   /* the setting without the launchers and the machine */
    char *launchers; /* "server_via=wine load_via=taskset -c 1", or "" */
    size_t count;
    cJSON *const *records; /* of the set, as they started */
};

struct record_set {
    size_t count;
    cJSON **records;    /* by group */
    const cJSON *known; /* a record that names the server's machine, or NULL */
    size_t group_count;
    bool settings;               /* some group has a label */
    struct record_group *groups; /* by setting, model (its order in the
                                    suite), connections */
    cJSON *refused;              /* results/skipped.h; NULL: nothing was */
};

/* The records of a folder, as records_read. NULL after one line to standard
 * error, also of no records, and of the same record twice (exit 2). */
struct record_set *records_load(const char *folder);

/* Whether two groups were asked for the same but for the model. */
bool group_same_tier(const struct record_group *a,
                     const struct record_group *b);

/* The groups of one model and setting follow each other: the end of those that
 * begin with the group `first`. */
size_t records_line_end(const struct record_set *set, size_t first);

/* The place of a model in the suite's order; those unknown to it come last, and
 * by name: the order of two, for qsort. */
size_t records_place(const char *model);
int records_order(const char *model, const char *other);

/* Whether the records are of this command: "book", "curve". */
bool records_are_of(const struct record_set *set, const char *command);

/* Whether any record has a number at the pointer. */
bool records_have(const struct record_set *set, const char *pointer);

/* The first and the last time at which a record's run started. */
void records_span(const struct record_set *set, const char **first,
                  const char **last);

/* The same for records in memory; takes them over. */
struct record_set *records_group(cJSON **records, size_t count);
void records_free(struct record_set *set);

/* For people: "Wine 8.0 (Linux 6.1.0), AMD EPYC, 2 processors, 7.8 GiB", of
 * the server's machine, each different one once, to free. */
char *records_machines(const struct record_set *set);

/* "Measured under Wine 8.0: ... not Windows figures.", or NULL. To free. */
char *records_wine(const struct record_set *set);

#endif
