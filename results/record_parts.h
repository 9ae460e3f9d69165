/* Between record.c, which joins a run's streams, and derive.c, which
 * computes the figures. */
#ifndef IOMODELS_RECORD_PARTS_H
#define IOMODELS_RECORD_PARTS_H

#include <stdbool.h>
#include <cJSON.h>

#include "common/printf_like.h"
#include "results/record.h"

/* One program's stream, with the lines that everything is computed from; NULL
 * where none came. */
struct record_stream {
    const char *who;                           /* "server", "load" */
    const cJSON *lines, *first, *final, *last; /* last: of those with metrics */
    const cJSON *empty, *begin, *end;          /* by their mark */
    const cJSON *unknown;
};

struct record_work {
    const struct record_parts *parts;
    struct record_stream server, load;
    cJSON *record, *unknown, *reasons;
};

/* A place in the record: its object and its JSON pointer. */
struct record_place {
    struct record_work *work;
    cJSON *object;
    const char *pointer;
};

/* Adds an object and says where it is. */
struct record_place record_section(struct record_work *work, cJSON *parent,
                                   const char *name, const char *pointer);

/* Adds a number, or null with its reason (none: it does not apply). */
void record_put(const struct record_place *at, const char *key, double value);
void record_put_null(const struct record_place *at, const char *key,
                     const char *why);

/* Why `line` of the stream has no such metric. Static or the stream's. */
const char *record_why(const struct record_stream *stream, const cJSON *line,
                       const char *metric);

/* A metric of a line; false for null, absent, or no line. */
bool record_metric(const cJSON *line, const char *metric, double *value);
/* Its growth from one line to another. */
bool record_growth(const cJSON *from, const cJSON *to, const char *metric,
                   double *value);

/* Six decimals: below what any source can tell, and short to read. */
double record_round(double value);

/* Adds the reason "name: ..." unless one of that name is there. */
void record_reason(struct record_work *work, const char *name,
                   const char *format, ...) PRINTF_LIKE(3, 4);

/* In derive.c: phases to handles, and traffic. */
void record_derive(struct record_work *work);
/* In samples.c. */
void record_samples(struct record_work *work);

#endif
