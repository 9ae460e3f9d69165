/* What a machine allows for a number of connections, what they need, and the
 * commands that raise what is too small. */
#ifndef IOMODELS_LIMITS_LIST_H
#define IOMODELS_LIMITS_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "runner/preflight.h"

/* An object, to cJSON_Delete:
 *
 * limits: as of results/skipped.h, with `fits`; its value is null, and `why`
 *     says why, where there is no limit or it cannot be read (then fits is
 *     null, too). With --target they are those of the load generator.
 * fits: none that every model needs is too small.
 * ports: the source addresses that are needed and taken, and how long their
 *     ports last where `churn` connections are made anew each second.
 * notes: the same in words.
 *
 * Linux is read below the folder `root`: "/". */
cJSON *limits_list(const struct limits *limits, const struct run_config *s,
                   const char *root, uint32_t connections, uint64_t churn);

/* For people, in 80 columns, to free. */
char *limits_text(const cJSON *list);

#endif
