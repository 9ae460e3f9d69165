/* One run's record (harness/PROTOCOL.md "The record"), built from what its
 * programs said. Pure: no sockets, no processes, no clock. */
#ifndef IOMODELS_RECORD_H
#define IOMODELS_RECORD_H

#include <cJSON.h>

/* What the runner hands over and keeps.
 *
 * The lines are arrays of every JSON object that the server (the load) wrote,
 * with "arrived_us" added: microseconds on the runner's clock since the run
 * started. A stream may end early or never begin (empty array or NULL): what it
 * did not say becomes null.
 *
 * `asked` is the plan with every option as it was used, null for the program's
 * own default. `reasons` (array of "name: what happened", or NULL) is why the
 * runner holds the run invalid; record_build adds what follows from the lines.
 */
struct record_parts {
    const char *id;         /* unique among all runs */
    const char *started_at; /* clock_iso */
    const char *version;    /* of the suite: "0.1.0" */
    const char *command;    /* "run", "compare" */
    const char *plan;       /* the comparison it is a part of, or NULL */
    const cJSON *asked;
    const cJSON *server_lines;
    const cJSON *load_lines;
    const cJSON *reasons;
};

/* Returns the record, the caller's to cJSON_Delete. */
cJSON *record_build(const struct record_parts *parts);

#endif
