/* Records, and other JSON, as files. */
#ifndef IOMODELS_RECORD_FILE_H
#define IOMODELS_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

enum { RECORD_VERSION = 1 };

/* Parses data[size], which a zero byte must follow; NULL if it is not JSON from
 * *parsed on. In every text and key, control characters become '?': no
 * terminal, page or picture gets them raw. */
cJSON *json_read(const char *data, size_t size, size_t *parsed);

/* Reads a file: NULL after one line to standard error, which ends with `remedy`
 * if it is not JSON. */
cJSON *json_file(const char *path, const char *remedy);

/* Writes the record into the folder (which must exist) under a name made of
 * its time, model, connections, pattern and repeat, whole or not at all, never
 * over another file. Returns 0 and the path (to free), or the system's code
 * and, in *path, what could not be written. */
uint32_t record_write(const char *folder, const cJSON *record, char **path);

/* What was measured is not lost where it cannot be written: to standard output
 * instead, after one line that says by which name to save it. */
void record_rescue(const cJSON *record, const char *path);

/* How records may change. schema_version is raised only when a key goes away
 * or comes to mean something else: a record of a higher version is not read.
 * Keys may be added at any time; then the schema never requires them: in an
 * older record the figure is missing, as if it were null, and an older
 * iomodels reads past a key that it does not know.
 *
 * Whether the run is valid was judged when the record was written; a figure
 * that is missing or of another type counts as null.
 *
 * Reads every *.json directly in the folder that has the schema; other files of
 * ours, such as a plan, are left alone. Records and list are the caller's to
 * free. False after one line to standard error. */
extern const char record_schema[]; /* of runs */
bool records_read(const char *folder, const char *schema, cJSON ***records,
                  size_t *count);

/* The name of the file in the folder that it was read from; NULL for one in
 * memory. */
const char *record_file(const cJSON *record);

/* Why no table can be made of a record ("was written by a newer iomodels; use
 * that one"), or NULL. */
const char *record_fault(const cJSON *record);

#endif
