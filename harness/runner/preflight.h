/* What must be there before anything starts. Each says in one line on standard
 * error what is missing and how to get it, and returns false (exit 2). */
#ifndef IOMODELS_PREFLIGHT_H
#define IOMODELS_PREFLIGHT_H

#include <stdbool.h>

#include "runner/run_config.h"

/* Fills in the server, the load and their launchers where they are not set,
 * and checks that they can be started. The texts it makes live as long as the
 * program. */
bool preflight_server(struct run_config *s);
bool preflight_load(struct run_config *s);

/* Starts the server that preflight_server found, as each run will, only to
 * list its models: a launcher that is there may still fail. The list stays in
 * the run config and lives as long as the program. */
bool preflight_answers(struct run_config *s);

/* Makes the folder; false when no records can be written there. */
bool preflight_folder(const char *path);

#endif
