/* The fields of a record, by JSON pointer, and its samples, by column. */
#ifndef IOMODELS_FIELDS_H
#define IOMODELS_FIELDS_H

#include <stdbool.h>
#include <cJSON.h>

/* 2^53, up to which whole numbers are exact: no number of a record is beyond
 * it. */
#define RECORD_NUMBER_MAX 9007199254740992.0

bool record_is_valid(const cJSON *record);

/* Whether each reason why the run is not valid is a disturbance of it, or that
 * the load generator was saturated. */
bool record_is_only_disturbed(const cJSON *record, bool *saturated);

/* Whether the run is valid and has cautions: it was disturbed, though not
 * beyond the limit. */
bool record_is_disturbed(const cJSON *record);

/* The texts of the array at the pointer ("a; b"), to free. */
char *record_list(const cJSON *record, const char *pointer);

/* Whether the run is valid; its reasons otherwise, to free. */
bool record_valid(const cJSON *record, char **reasons);

/* Any value of a record by its JSON pointer; NULL when there is none, also
 * for an explicit null. */
const cJSON *record_at(const cJSON *record, const char *pointer);

/* The same of an object, whose members have names; NULL for another type. */
const cJSON *record_object(const cJSON *record, const char *pointer);

/* A number by its pointer; false when it is null, absent, of another type or
 * beyond RECORD_NUMBER_MAX. */
bool record_number(const cJSON *record, const char *pointer, double *value);

/* The same, or another where that is false. */
double record_number_or(const cJSON *record, const char *pointer,
                        double otherwise);

/* A text by its pointer; "" when there is none. */
const char *record_text(const cJSON *record, const char *pointer);

/* Of a line of a program: whether a member is this text, its number, and how
 * much that grew between two lines. NULL is a line without members. */
bool line_is(const cJSON *line, const char *key, const char *text);
bool line_number(const cJSON *line, const char *key, double *value);
bool line_growth(const cJSON *from, const cJSON *to, const char *metric,
                 double *value);

/* The value of a column in one of the rows of /samples/server or /samples/load;
 * NULL and false where there is none. */
const cJSON *sample_item(const cJSON *samples, const cJSON *row,
                         const char *column);
bool sample_number(const cJSON *samples, const cJSON *row, const char *column,
                   double *value);
bool sample_says(const cJSON *samples, const cJSON *row, const char *column,
                 const char *text);

#endif
