/* Runs the experiments of the laboratory (lab/lab.h). */
#ifndef IOMODELS_LAB_RUN_H
#define IOMODELS_LAB_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

#include "cli/options.h"
#include "lab/lab.h"
#include "runner/suite.h"

/* What all experiments of a folder have in common. */
struct lab_session {
    char id[PLAN_ID_SIZE];
    const char *folder;
    struct run_config programs; /* where they are, after preflight_programs */
    const char *probe;
    bool quick;
    uint64_t seed;
    cJSON *machine; /* the server's */
    cJSON *same;    /* how pairs of the same run differ, or NULL */
    /* Shows people how far it is: "round 3/8 accepts=16", phase and figures of
     * the run; or NULL. */
    void (*watch)(void *arg, const struct panel *panel);
    void *watch_arg;
};

bool lab_is_wine(const struct lab_session *session);

/* Learns the machine by a run and, when pairs are to be compared, how much
 * pairs of the very same run differ. */
enum run_end lab_calibrate(struct lab_session *session, bool pairs);

/* How many rounds an experiment has; if `quick`, as few as can be judged. */
int lab_rounds(const struct lab_experiment *e, bool quick);

/* All rounds: an array for lab_judge, the caller's to delete. */
enum run_end lab_measure(const struct lab_session *session,
                         const struct lab_experiment *e, cJSON **measured);

/* The seconds that an experiment takes, about. */
double lab_seconds(const struct lab_experiment *e, bool quick);

/* How people run an arm: "iomodels run ...", "iomodels-probe ..."; to free. */
char *lab_paste(const struct lab_experiment *e, int arm, bool quick);

/* --- files: a plan, so that a session can be resumed, and a record for each
 * experiment ------------------------------------------------------------- */

/* Makes the folder, and writes which experiments (to NULL) are to run. False
 * after one line to standard error: it has a plan already. */
bool lab_plan_write(const struct lab_session *session,
                    const struct lab_experiment *const *chosen);

/* Reads the plan of the session's folder into the session; NULL after one line
 * to standard error. The caller's to delete. */
cJSON *lab_plan_read(struct lab_session *session);

/* What the experiment found, by verdict and figures; takes over what was
 * measured. */
cJSON *lab_record_make(const struct lab_session *session,
                       const struct lab_experiment *e, cJSON *measured);

/* False after one line to standard error. */
bool lab_record_write(const struct lab_session *session, const cJSON *record);

bool lab_is_done(const struct lab_session *session,
                 const struct lab_experiment *e);

#endif
