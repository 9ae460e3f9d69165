/* The plan of a comparison, kept in its folder so that it can be resumed: the
 * values of all its options. */
#ifndef IOMODELS_PLAN_FILE_H
#define IOMODELS_PLAN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <cJSON.h>

#include "common/args.h"

enum { PLAN_ID_SIZE = 64 };

/* Writes it into the folder, never over another; the args end with a NULL
 * name. Returns 0 or the system's error, for which file_exists tells that a
 * plan is there already. */
uint32_t plan_file_write(const char *folder, const char *id,
                         const char *command, const struct arg *args);

void plan_file_delete(const char *folder);

/* Reads the folder's plan of this command into the args. Texts point into the
 * plan, which is the caller's to cJSON_Delete. NULL after one line to standard
 * error: there is no plan, or it is damaged or made by another version. */
cJSON *plan_file_read(const char *folder, const char *command,
                      const struct arg *args, char id[PLAN_ID_SIZE]);

#endif
