/* What one program wrote during a run, and its lines that figures are computed
 * from. */
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

/* A member of a line; NULL when there is none, or no such line. */
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

#endif
