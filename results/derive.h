/* The figures of a record, computed from what its programs wrote. */
#ifndef IOMODELS_DERIVE_H
#define IOMODELS_DERIVE_H

#include "results/stream.h"

/* Adds a member to the record for each row of the table of figures, and to
 * `unknown` the pointer of each null and why it is null, unless the figure
 * merely does not apply. */
void derive(cJSON *record, cJSON *unknown, const struct stream *server,
            const struct stream *load);

#endif
