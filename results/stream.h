/* What one program wrote during a run, its lines that figures are computed
 * from, and the steps from the streams of both programs to a record. */
#ifndef IOMODELS_STREAM_H
#define IOMODELS_STREAM_H

#include <stdbool.h>
#include <cJSON.h>

/* Lines are NULL where none came. */
struct stream {
    const char *who; /* "server", "load" */
    const cJSON *lines;
    const cJSON *ready, *final;
    const cJSON *last;                /* the last line with metrics */
    const cJSON *empty, *begin, *end; /* samples, by their mark */
    const cJSON *unknown;             /* metric -> why it is not known */
};

/* The seconds of the measured window. */
bool stream_window(const struct stream *stream, double *seconds);

/* Six decimals: below the resolution of every source, and short to read. */
double stream_round(double value);

/* Adds a member to the record for each row of the table of figures, and to
 * `unknown` the pointer of each null and why it is null, unless the figure
 * merely does not apply. */
void derive(cJSON *record, cJSON *unknown, const struct stream *server,
            const struct stream *load);

/* Adds `disturbance` to the record, in percent of the window, or null with a
 * reason in `unknown`: one of its `cautions` above 5 %, one of the `reasons`
 * why the run is not valid above the requested limit. */
void disturbance(cJSON *record, cJSON *unknown, cJSON *reasons,
                 const struct stream *server, const struct stream *load);

/* Adds to `reasons` (of the runner, or empty) what follows from the record and
 * the streams. Consistency (sums_differ) is required only of a run that has no
 * other reason: one that was cut off owes no sums. */
void verdict(const cJSON *record, cJSON *reasons, const struct stream *server,
             const struct stream *load);

#endif
