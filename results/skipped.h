/* What a comparison did not even begin, since the machine could not have held
 * it: kept in its folder as refused.json, beside the records. */
#ifndef IOMODELS_SKIPPED_H
#define IOMODELS_SKIPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/text.h"

/* Open files beside those of the connections: of the load generator, and of
 * wineserver (19,600 connections were held within 20,000). A thread and its
 * connection take four of wineserver's. */
enum {
    NEED_LOAD_FILES = 64,
    NEED_WINESERVER_FILES = 400,
    NEED_THREAD_FILES = 4
};

/* One limit that a tier does not fit into. */
struct skipped {
    double connections;
    const char *model;      /* NULL: every one */
    const char *limit;      /* "open_files" */
    const char *name;       /* for people: "open files of the load" */
    double value, need;     /* what it is, and what the tier would need */
    const char *unit;       /* "files" */
    const char *how_to_fix; /* the command that raises it, or what to change */
};

/* Adds it to a list: JSON, whose items have the members above; model is null
 * for every one. */
void skipped_add(cJSON *list, const struct skipped *one);

/* Whether the item is of such a run: of its model or of all. */
bool skipped_is_of(const cJSON *item, const char *model, double connections);

/* Whether any of the list, or NULL, is of such a run. */
bool skipped_covers(const cJSON *list, const char *model, double connections);

/* "open files of the load: 50,064 needed, 20,000 available; ulimit -n ..."; to
 * free. */
char *skipped_show(const cJSON *item);

/* The amount at a pointer of it, in its unit: "50,064", "1.50 MiB". */
void skipped_amount(struct text *text, const cJSON *item, const char *pointer);

/* Into the folder, for the plan of this id. 0, or the system's code. */
uint32_t skipped_write(const char *folder, const char *plan, const cJSON *list);
void skipped_delete(const char *folder);

/* False after one line to standard error: damaged. *list is NULL when the
 * folder has none. */
bool skipped_read(const char *folder, cJSON **list);

#endif
