/* Whether a run is valid, judged once: when its record is built. */
#ifndef IOMODELS_VERDICT_H
#define IOMODELS_VERDICT_H

#include "results/stream.h"

/* Adds to `reasons` (of the runner, or empty) what follows from the record and
 * the streams. The run is valid if there is none then. Consistency
 * (sums_differ) is required only of a run that has no other reason: one that
 * was cut off owes no sums. */
void verdict(const cJSON *record, cJSON *reasons, const struct stream *server,
             const struct stream *load);

#endif
