/* One run's record (harness/PROTOCOL.md "The record"), built from what its
 * programs said. Pure: no sockets, no processes, no clock. */
#ifndef IOMODELS_RECORD_H
#define IOMODELS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

enum { RECORD_VERSION = 1 };

/* 2^53, up to which whole numbers are exact: no number of a record is beyond
 * it. */
#define RECORD_NUMBER_MAX 9007199254740992.0

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

/* Writes the record into the folder (which must exist) under a name made of
 * its time, model, connections, pattern and repeat, whole or not at all, never
 * over another file. Returns 0 and the path (to free), or the system's code
 * and, in *path, what could not be written. */
uint32_t record_write(const char *folder, const cJSON *record, char **path);

bool record_is_valid(const cJSON *record);

/* True when the run is valid; its reasons otherwise ("a; b"), to free. */
bool record_valid(const cJSON *record, char **reasons);

/* Any value of a record by its JSON pointer; NULL when there is none, also
 * for an explicit null. */
const cJSON *record_at(const cJSON *record, const char *pointer);

/* The same of an object, whose members have names; NULL for another type. */
const cJSON *record_object(const cJSON *record, const char *pointer);

/* A number by its pointer; false when it is null, absent, of another type or
 * beyond RECORD_NUMBER_MAX. */
bool record_number(const cJSON *record, const char *pointer, double *value);

/* A text by its pointer; "" when there is none. */
const char *record_text(const cJSON *record, const char *pointer);

/* How records may change. schema_version is raised only when a key goes away
 * or comes to mean something else: a record of a higher version is not read.
 * Keys may be added at any time; then the schema never requires them: in an
 * older record the figure is missing, as if it were null, and an older
 * iomodels reads past a key that it does not know.
 *
 * Reads a file: NULL after one line to standard error, or, with *other, if it
 * is another file of ours, such as a plan. Whether the run is valid was judged
 * when the record was written; a figure that is missing or of another type
 * counts as null. Control characters in texts become '?'. */
cJSON *record_read(const char *path, bool *other);

/* Why no table can be made of a record ("was written by a newer iomodels; use
 * that one"), or NULL. */
const char *record_fault(const cJSON *record);

#endif
