/* What more connections than were measured would need, by the costs that a
 * folder's records hold. */
#ifndef IOMODELS_ESTIMATE_H
#define IOMODELS_ESTIMATE_H

#include <stddef.h>
#include "results/record_set.h"
#include "results/table_format.h"

enum { ESTIMATE_SIZES = 8 };

struct estimate {
    double connections[ESTIMATE_SIZES];
    size_t count;
    double every_s;       /* a message on each connection */
    double message_bytes; /* 0: as in the records */
    const char *command;  /* that asks for it, as typed */
};

/* An object, to cJSON_Delete. A figure has a value, low and high (or null) and
 * `how` it is known; one that is not known is null.
 *
 * models: of each model (and setting)
 *     costs: of a connection (the slope of the line through all valid runs, and
 *         its 95 % interval) and of a message (CPU time where most connections
 *         were measured; low and high of all numbers of connections)
 *     at: for each of the `connections` what these come to
 *     limits: of the measured machines, the connections that reach them;
 *         `first` names the lowest
 * needs: for each of the connections what no model changes
 * notes: in words, how each figure is known */
cJSON *estimate_make(const struct record_set *set, const struct estimate *of);

/* The same as tables, or as JSON, to free. */
char *estimate_show(const struct record_set *set, const struct estimate *of,
                    enum table_format format);

#endif
