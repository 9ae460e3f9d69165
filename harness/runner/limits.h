/* Whether a tier fits into the machine's limits: checked before anything
 * starts, since a run that breaks off at a limit of the system says nothing
 * about a model. */
#ifndef IOMODELS_LIMITS_H
#define IOMODELS_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "runner/run_config.h"

/* What the machine has. 0: not known, or no limit: not checked. */
struct limits {
    uint64_t load_files;   /* that the load generator may have open */
    uint64_t server_files; /* that wineserver may: one a connection */
    uint64_t ports;        /* of one source address */
    uint64_t sources;      /* addresses that the load can connect from */
    uint64_t memory;       /* bytes that are available now */
    uint64_t backlog;      /* the most that listen() may ask for */
    bool wine;             /* the server runs under it */
};

/* Of a run config whose programs and launchers are filled in (preflight.h).
 * What runs elsewhere is not known. */
void limits_find(const struct run_config *s, struct limits *limits);

/* Adds what does not fit to `refused` (results/skipped.h): for a tier what no
 * model can have, else for a model what its own needs exceed. */
void limits_check(const struct limits *limits, const struct run_config *s,
                  uint32_t connections, const char *const *models,
                  cJSON *refused);

/* On Linux: the bytes that a container's limit (its control groups, below the
 * folder `root`: "/") leaves; UINT64_MAX: it has none. */
uint64_t limits_os_container(const char *root);

#endif
