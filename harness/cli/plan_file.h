/* The plan of a comparison, kept in its folder so that it can be resumed: the
 * values of all its options. */
#ifndef IOMODELS_PLAN_FILE_H
#define IOMODELS_PLAN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

/* Writes it into the folder, never over another. Returns 0 or the system's
 * error, for which file_exists tells that a plan is there already. */
uint32_t plan_file_write(const char *folder, const struct options *o);

void plan_file_delete(const char *folder);

/* Reads the plan of o->resume into `o`, except options that are also on the
 * command line. False after one line to standard error: there is no plan, or
 * it is damaged or made by another version. */
bool plan_file_read(struct options *o, int argc, char **argv);

#endif
