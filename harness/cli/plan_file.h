/* A comparison's plan, kept in its folder so that it can be resumed: the
 * arguments it was started with. */
#ifndef IOMODELS_PLAN_FILE_H
#define IOMODELS_PLAN_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "cli/options.h"
#include "common/words.h"

enum { PLAN_ID_SIZE = 64 };

/* Writes it into the folder, never over another. Returns 0 or the system's
 * error, for which file_exists tells that a plan is there already. */
uint32_t plan_file_write(const char *folder, const char *id, uint64_t seed,
                         int argc, char **argv);

void plan_file_delete(const char *folder);

/* Whether the JSON has all that a plan needs. */
bool plan_file_whole(const cJSON *plan);

/* Fills `arguments` with what the comparison was started with and then those
 * of `argv`. False after one line to standard
 * error: no plan there, damaged, of another version, or options beside
 * --resume that it does not take. */
bool plan_file_read(const char *folder, int argc, char **argv,
                    char id[PLAN_ID_SIZE], struct words *arguments);

#endif
