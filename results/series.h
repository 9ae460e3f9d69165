/* The samples of a record, by column. */
#ifndef IOMODELS_SERIES_H
#define IOMODELS_SERIES_H

#include <stdbool.h>
#include <cJSON.h>

struct series {
    const cJSON *columns, *rows; /* NULL: none; cJSON_ArrayForEach takes it */
};

/* Of "server" or "load". */
struct series series_of(const cJSON *record, const char *who);

/* -1: there is no such column, which the calls below take as null. */
int series_column(const struct series *series, const char *name);
bool series_number(const cJSON *row, int column, double *value);
bool series_says(const cJSON *row, int column, const char *text);

#endif
