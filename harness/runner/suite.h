/* All runs of a plan, one after the other, each into a record. */
#ifndef IOMODELS_SUITE_H
#define IOMODELS_SUITE_H

#include <stdint.h>

#include "runner/plan.h"
#include "runner/run_config.h"

struct suite {
    const char *version, *command;
    const char *id; /* of the plan, unique */
    const char *folder;
    const struct run_config *config;
    struct plan *plan; /* states, times and rates are filled in */
    double until_ci;   /* 0, or go on by further rounds until plan_converged
                          with this share, or: */
    uint32_t repeats_max;
    uint32_t again; /* how often a disturbed run is measured again at the end */
};

enum suite_end {
    SUITE_DONE,        /* every run has its record, valid or not */
    SUITE_INTERRUPTED, /* the missing ones can be run later */
    SUITE_STOPPED      /* a program refused its arguments, or a record could
                          not be written: said on standard error */
};

/* Says on standard error which runs were invalid, and why. */
enum suite_end suite_run(struct suite *suite);

/* Marks as run what the folder has records of, by this plan's id. False after
 * one line to standard error. */
bool suite_resume(struct suite *suite);

#endif
