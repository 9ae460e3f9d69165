/* One run's record (harness/PROTOCOL.md "The record"), built from what its
 * programs said. Pure: no sockets, no processes, no clock. */
#ifndef IOMODELS_RECORD_H
#define IOMODELS_RECORD_H

#include <stdbool.h>
#include <cJSON.h>

/* What the runner hands over and keeps.
 *
 * The lines are arrays of every JSON object that the server (the load) wrote,
 * with "arrived_us" added: microseconds on the runner's clock since the run
 * started. A stream may end early, or be missing (an empty array or NULL); the
 * figures that need its lines become null.
 *
 * Where several load generators shared the connections, each line of theirs has
 * its "rank", from 0: the record is that of all together, and `generators` of
 * it has the figures of each.
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

/* --- the steps, for this folder ------------------------------------------ */

/* What one program wrote, and its lines that figures are computed from; NULL
 * where none came. */
struct stream {
    const char *who; /* "server", "load" */
    const cJSON *lines;
    const cJSON *ready, *final;
    const cJSON *last;                /* the last line with metrics */
    const cJSON *empty, *begin, *end; /* samples, by their mark */
    const cJSON *unknown;             /* metric -> why it is not known */
    double offset_us; /* its clock is behind the runner's by so much */
};

struct record_run {
    cJSON *record;
    cJSON *unknown; /* the pointer of each null -> why it is null */
    cJSON *reasons; /* why the run is not valid */
    struct stream server, load;
    /* Each load generator of several; `load` is what all of them add up to. */
    struct record_run *generators;
    size_t generator_count;
};

/* The lines of each load generator by its rank, with their times on the
 * runner's clock, as an array of at least so many arrays; NULL: there was one.
 * To free. */
cJSON *merge_split(const cJSON *lines, int count);

/* The lines that one load generator would have written which did what all of
 * these did: counts are sums, histograms have all values, the window is the
 * mean of theirs. To free. */
cJSON *merge_lines(const cJSON *generators);

/* A program's clock starts with the program: how far it is behind the runner's,
 * by the line that travelled fastest. */
double stream_offset_us(const cJSON *lines);

/* Adds to `phases` how far apart the windows of several load generators began
 * (start_skew_s), and which part of the longest all have in common
 * (overlap_percent); to each of them its begin, and what is known of its clock.
 */
void merge_windows(const struct record_run *run);

/* The seconds of the measured window. */
bool stream_window(const struct stream *stream, double *seconds);

/* Six decimals: below the resolution of every source, and short to read. */
double stream_round(double value);

/* Adds a member to the record for each row of the table of figures, or only for
 * those of the load generator; a null has no reason where the figure merely
 * does not apply. */
void derive(const struct record_run *run, bool server);

/* Adds reasons that follow from the record and the streams. Consistency
 * (sums_differ) is checked only where there is no other reason: the sums of a
 * run that was cut off need not agree. */
void verdict(const struct record_run *run);

/* Adds `disturbance` to the record, in percent of the window: one of its
 * `cautions` above 5 %, one of the reasons above the requested limit. Of
 * several load generators the most disturbed one counts; each has its own. */
void disturbance(const struct record_run *run);

#endif
