/* One run: a fresh server process, one load, by harness/PROTOCOL.md. */
#ifndef IOMODELS_RUN_H
#define IOMODELS_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "runner/run_config.h"

/* How far a run is, for people. */
struct run_view {
    const char *stage; /* "connecting" */
    uint64_t connected;
};

struct run_request {
    const struct run_config *config;
    const struct run_spec *run;
    const char *id, *version, *command, *plan; /* see record_parts */
    void (*watch)(void *arg, const struct run_view *view); /* or NULL */
    void *watch_arg;
};

enum run_end {
    RUN_RECORDED,    /* *record is the caller's to delete; valid or not */
    RUN_INTERRUPTED, /* stopped from outside: no record */
    RUN_REFUSED      /* a program did not take its arguments, and said so on
                        standard error; or could not be started, said here */
};

/* Leaves no process behind, whatever happens, and ends within the deadlines
 * that follow from the run config. */
enum run_end run_once(const struct run_request *request, cJSON **record);

#endif
