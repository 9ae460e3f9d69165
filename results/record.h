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
 * `asked` is the plan with every option as it was used. Its keys, with null
 * for "not set, the program's own default":
 *   model, connections, pattern, hostile, message_bytes, pipeline, think_s,
 *   rate_bytes_per_s, warmup_s, duration_s, sample_ms,
 *   server_threads, max_connections, buffer_bytes, backlog, sndbuf_bytes,
 *   rcvbuf_bytes, nodelay, tuning (object, name -> number), listen,
 *   load_threads, local_addresses (array), connect_window, connect_retries,
 *   connect_timeout_s, io_timeout_s, connect_budget_s, target,
 *   server_via, load_via (launchers as typed),
 *   seed (of this run's bytes), plan_seed (of the random order), repeat (from
 *   1), repeats, place (in the random order, from 1), places
 * Required: model, connections, pattern, message_bytes, warmup_s, duration_s,
 * seed, repeat, repeats, place, places. No others are allowed.
 *
 * `reasons` (array of texts, or NULL) is why the runner holds the run invalid:
 * server_died, load_died, timed_out, interrupted, each "name: what happened".
 * record_build adds what follows from the lines: byte_mismatch, server_error
 * (the server's `error` lines), client_saturated, rate_not_reached,
 * window_too_short, no_connections, sums_differ; and server_died or load_died
 * when no `final` came and nobody gave a reason. */
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
