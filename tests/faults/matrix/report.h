/* The matrix for people and for programs. */
#ifndef IOMODELS_FAULTS_REPORT_H
#define IOMODELS_FAULTS_REPORT_H

#include "cases.h"

/* One block a call: a line a model and site, a column an error. */
void report_print(const struct cases *cases);

/* {"schema":"iomodels/faults", ...}; the caller's. */
cJSON *report_json(const struct cases *cases, uint64_t seed, double share);

size_t report_count(const struct cases *cases, enum case_result result);

#endif
