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

/* `ready` is the event of the program's first line. */
struct stream stream_of(const char *who, const char *ready, const cJSON *lines);

/* A member of a line; NULL or false when there is none, or no such line. */
const char *stream_text(const cJSON *line, const char *key);
bool stream_is(const cJSON *line, const char *key, const char *text);
bool stream_number(const cJSON *line, const char *key, double *value);

/* The growth of a metric between two lines. */
bool stream_growth(const cJSON *from, const cJSON *to, const char *metric,
                   double *value);

/* The seconds of the measured window, and between two phases of the load. */
bool stream_window(const struct stream *stream, double *seconds);
bool stream_phase(const struct stream *stream, const char *from, const char *to,
                  double *seconds);

/* Why a line has no such metric. */
const char *stream_why(const struct stream *stream, const cJSON *line,
                       const char *metric);

/* All samples: {"columns": [...], "rows": [[...]]}. */
cJSON *stream_samples(const struct stream *stream);

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
