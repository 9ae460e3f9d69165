/* Checks JSON against the part of JSON Schema 2020-12 that our schema uses.
 * CI checks the same files with an independent validator. */
#ifndef IOMODELS_SCHEMA_H
#define IOMODELS_SCHEMA_H

#include <stddef.h>
#include <cJSON.h>

/* Called once a fault: where (a JSON pointer, "" for the whole) and what. */
struct fault_sink {
    void (*tell)(void *context, const char *pointer, const char *what);
    void *context;
};

/* The schema of a run's record, to cJSON_Delete. */
cJSON *schema_run(void);

/* From here on the schema allows keys that it does not name: what a later
 * iomodels may have added. */
void schema_allow_more(cJSON *schema);

/* Returns how many faults `value` has and tells each; sink NULL: count only. */
size_t schema_check(const cJSON *schema, const cJSON *value,
                    const struct fault_sink *sink);

/* Tells each keyword of the schema that schema_check does not know, so that
 * none is ever trusted in vain. Returns how many. */
size_t schema_strangers(const cJSON *schema, const struct fault_sink *sink);

#endif
