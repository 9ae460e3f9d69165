/* The matrix: every call site x every error that its call's documentation
 * lists x every model that comes there. */
#ifndef IOMODELS_FAULTS_CASES_H
#define IOMODELS_FAULTS_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

enum case_result {
    CASE_TO_DO,
    CASE_FINE,    /* nobody noticed, and there was nothing to count */
    CASE_COUNTED, /* under its name among the errors; at most one lost */
    CASE_REFUSED, /* the same, among the refusals */
    CASE_STOPPED, /* before it listened, with one line that names the error */
    CASE_FAILED,
    CASE_UNREACHED,
    CASE_RESULTS
};
extern const char *const case_result_names[CASE_RESULTS];

struct fault_case {
    const cJSON *site; /* of --fault-sites */
    const char *model; /* that runs */
    const char *error; /* or "" with a kind that has none */
    const char *kind;
    unsigned number; /* of the call that fails */
    enum case_result result;
    char *why; /* of CASE_FAILED; owned */
    int64_t judged_ns;
    uint64_t ms;
};

struct cases {
    size_t count, room;
    struct fault_case *each;
};

/* What one model's calls come to without a fault: attempt.h's facts. */
struct case_model {
    const char *name;
    cJSON *facts;
};

struct case_filter {
    const char *sites, *calls; /* parts of names, or NULL */
    double share;              /* of the cases, seeded */
    uint64_t seed;
};

/* Adds the cases of all sites. Sites of the harness that each model comes by
 * are failed under each; the others under one. */
void cases_make(struct cases *cases, const cJSON *sites,
                const struct case_model *models, size_t count,
                const struct case_filter *filter);
void cases_free(struct cases *cases);

/* To be made again. */
void case_reset(struct fault_case *c);

/* The site's texts. */
const char *case_text(const struct fault_case *c, const char *key);

/* What a worker is asked; `first`: at the first call instead. */
cJSON *case_asked(const struct fault_case *c, bool first);

/* Judges the facts; sets result, why, ms and judged_ns. */
void case_judge(struct fault_case *c, const cJSON *facts,
                const struct case_model *model);

#endif
