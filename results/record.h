/* One run's record (harness/PROTOCOL.md "The record"), built from what its
 * programs said. Pure: no sockets, no processes, no clock. */
#ifndef IOMODELS_RECORD_H
#define IOMODELS_RECORD_H

#include <cJSON.h>

/* What the runner hands over; it keeps all of it, record_build copies.
 *
 * The lines are arrays of every JSON object that the server (the load) wrote,
 * in order, unchanged, but with "arrived_us" added: microseconds on the
 * runner's clock since the run started. A stream that ended early, or never
 * began (empty array or NULL), is fine: what it did not say becomes null, and
 * the record invalid with server_died or load_died.
 *
 * `asked` is the plan with every option as it was used, null for "not set, the
 * program's own default"; its keys are those of results/schema.
 *
 * `reasons` (array of texts, or NULL) is why the runner holds the run invalid,
 * each "name: what happened". record_build adds what follows from the lines,
 * and server_died or load_died when no `final` came and nobody gave a reason.
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
