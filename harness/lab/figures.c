/* The figures of an experiment, from a record or a probe's line. */
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "lab/lab.h"
#include "results/fields.h"

static bool lab_line(const cJSON *points, struct line *line)
{
    enum { POINTS = 64 };
    double x[POINTS], y[POINTS];
    size_t count = 0;
    const cJSON *point;
    cJSON_ArrayForEach (point, points)
        if (count < POINTS && record_number(point, "/0", &x[count]) &&
            record_number(point, "/1", &y[count]))
            count++;
    return line_through(x, y, count, line);
}

/* POINTS/slope and POINTS/r_squared, of an array of [number, bytes]. */
static bool lab_of_line(const cJSON *record, const char *above,
                        const char *last, double *value)
{
    struct line line;
    const cJSON *points = record_at(record, above);
    if (!cJSON_IsArray(points) || !lab_line(points, &line))
        return false;
    *value = strcmp(last, "/slope") == 0 ? line.slope : line.r_squared;
    return strcmp(last, "/slope") == 0 || strcmp(last, "/r_squared") == 0;
}

/* The capacity model: both ends of a connection, and a message of 4 KB that one
 * of them has not received yet, take so many bytes of `memory` ("/pool"). What
 * takes none has samples that are all alike, and no line. */
static double lab_connection_bytes(const cJSON *record, const char *memory)
{
    static const char *const stages[] = {"created", "bound", "connected",
                                         "accepted", "unread"};
    double bytes = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char *pointer = text_make("%s/%s", memory, stages[i]);
        struct line line;
        if (lab_line(record_at(record, pointer), &line))
            bytes += line.slope;
        free(pointer);
    }
    return bytes;
}

/* MEMORY/of_1000_connections and MEMORY/connections_that_fit. */
static bool lab_of_connections(const cJSON *record, const char *above,
                               const char *last, double *value)
{
    const double bytes = lab_connection_bytes(record, above);
    double limit = 0;
    char *pointer = text_make("/limits%s", above);
    const bool known = record_number(record, pointer, &limit);
    free(pointer);
    *value = strcmp(last, "/of_1000_connections") == 0 ? 1000 * bytes
                                                       : limit / bytes;
    return bytes > 0 && (strcmp(last, "/of_1000_connections") == 0 ||
                         (strcmp(last, "/connections_that_fit") == 0 && known));
}

/* What 50,000 accepted connections with a pending operation take. */
static bool lab_of_capacity(const cJSON *record, const char *pointer,
                            double *value)
{
    const double connections = 50000;
    struct line accepted, pending;
    if (strcmp(pointer, "/pool_of_50000_bytes") != 0 ||
        !lab_line(record_at(record, "/pool/accepted"), &accepted) ||
        !lab_line(record_at(record, "/pool/receive_pending"), &pending))
        return false;
    *value = connections * (accepted.slope + pending.slope);
    return true;
}

/* An error or outcome that did not occur is not listed: 0. */
static bool lab_of_counts(const cJSON *record, const char *above, double *value)
{
    const char *map = strrchr(above, '/');
    *value = 0;
    return map != NULL &&
           (strcmp(map, "/errors") == 0 || strcmp(map, "/refusals") == 0 ||
            strcmp(map, "/outcomes") == 0) &&
           record_object(record, above) != NULL;
}

bool lab_figure(const cJSON *record, const char *pointer, double *value)
{
    const cJSON *item = record_at(record, pointer);
    const char *last = strrchr(pointer, '/');
    char *above = text_make("%.*s", (int)(last - pointer), pointer);
    bool found = true;
    if (cJSON_IsBool(item))
        *value = cJSON_IsTrue(item);
    else
        found = lab_of_line(record, above, last, value) ||
                record_number(record, pointer, value) ||
                lab_of_connections(record, above, last, value) ||
                lab_of_capacity(record, pointer, value) ||
                (item == NULL && lab_of_counts(record, above, value));
    free(above);
    return found;
}
