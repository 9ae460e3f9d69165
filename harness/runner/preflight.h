/* Checks before anything starts. A check that returns false has reported in one
 * line what is missing and how to get it (exit 2). */
#ifndef IOMODELS_PREFLIGHT_H
#define IOMODELS_PREFLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "results/skipped.h"
#include "runner/run_config.h"

/* Fills in the programs and their launchers where they are not set, splits the
 * processors between them, and starts the server, only to list its models: a
 * launcher that is there may still fail. The texts and the list stay in the run
 * config and live as long as the program. */
bool preflight_programs(struct run_config *s);

/* The same, and what the server prints of its models, to free; or NULL. */
char *preflight_list(struct run_config *s, bool json);

/* Why the server cannot run the model where it is; NULL: it can, or does not
 * say. After preflight_programs. */
const char *preflight_missing(const struct run_config *s, const char *model);

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

/* Of a run config after preflight_programs. What runs elsewhere is not known.
 */
void limits_find(const struct run_config *s, struct limits *limits);

/* Adds to `refused` (results/skipped.h) why a tier does not fit into the
 * limits: for a tier what no model can have, else for a model what its own
 * needs exceed. A run that breaks off at a limit of the system says nothing
 * about a model. */
void limits_check(const struct limits *limits, const struct run_config *s,
                  uint32_t connections, const char *const *models,
                  cJSON *refused);

/* What so many connections need, beside what the machine has: of every model,
 * and the last of one that spends a thread on each, of which `threads` can be.
 * In how_to_fix a # stands for the need: limits_filled() puts it there, into a
 * text to free. */
enum { LIMITS_NEEDS = 7 };
void limits_needs(const struct limits *limits, const struct run_config *s,
                  uint32_t connections, uint64_t threads,
                  struct skipped needs[LIMITS_NEEDS]);
char *limits_filled(const char *text, double need);

/* On Linux: the bytes, or the threads, that a container's limit (its control
 * groups, below the folder `root`: "/") leaves; UINT64_MAX: it has none. */
uint64_t limits_os_container(const char *root, bool threads);

/* On Linux: the number of a file behind `name`; 0: none. */
uint64_t limits_os_number(const char *folder, const char *file,
                          const char *name);

/* What a machine allows for a number of connections, what they need, and the
 * commands that raise what is too small. An object, to cJSON_Delete:
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
