/* A run: a fresh server process, one load, by harness/PROTOCOL.md. And all runs
 * of a plan, one after the other, each into a record. */
#ifndef IOMODELS_SUITE_H
#define IOMODELS_SUITE_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/panel.h"
#include "runner/plan.h"
#include "runner/run_config.h"

struct suite {
    const char *version, *command;
    const char *id; /* of the plan, unique */
    const char *folder;
    const struct run_config *config;
    struct plan *plan; /* states, times and rates are filled in */
    double until_ci;   /* 0, or go on by further rounds until all intervals are
                          within this share, or: */
    uint32_t repeats_max;
    uint32_t again; /* how often a disturbed run is measured again at the end */
    bool adds_threads; /* to a saturated load generator, up to its processors,
                          and measures again */
};

enum run_end {
    RUN_DONE,
    RUN_INTERRUPTED, /* stopped from outside */
    RUN_STOPPED      /* a program could not be started or refused its arguments,
                        or a record could not be written: said on standard
                        error */
};

/* Runs what is missing. RUN_DONE: every run has its record, valid or not; says
 * on standard error which runs are invalid, and why. */
enum run_end suite_run(struct suite *suite);

/* Marks as run what the folder has records of, by this plan's id. False after
 * one line to standard error. */
bool suite_resume(struct suite *suite);

struct run_request {
    const struct suite *suite;
    const struct run_spec *run;
    const char *id;
    /* Shows people how far it is, by phase and figures; or NULL. */
    void (*watch)(void *arg, const struct panel *panel);
    void *watch_arg;
};

/* Leaves no process behind, whatever happens, and ends within the deadlines
 * that follow from the run config. *record is the caller's to delete, valid or
 * not; NULL unless RUN_DONE. */
enum run_end run_once(const struct run_request *request, cJSON **record);

#endif
