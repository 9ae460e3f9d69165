/* What must be there before anything starts. Each says in one line on standard
 * error what is missing and how to get it, and returns false (exit 2). */
#ifndef IOMODELS_PREFLIGHT_H
#define IOMODELS_PREFLIGHT_H

#include <stdbool.h>

#include "runner/run_config.h"

/* Fills in the programs and their launchers where they are not set, and starts
 * the server as each run will, only to list its models: a launcher that is
 * there may still fail. The texts and the list stay in the run config and live
 * as long as the program. */
bool preflight_programs(struct run_config *s);

/* Makes the folder; false when no records can be written there. */
bool preflight_folder(const char *path);

#endif
