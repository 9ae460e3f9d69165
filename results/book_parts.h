/* Between the files of the book's table. */
#ifndef IOMODELS_BOOK_PARTS_H
#define IOMODELS_BOOK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/book.h"
#include "results/figure.h"
#include "results/series.h"
#include "results/text.h"

/* In the book's order. Its units: KB of 1,024 bytes, percent, bytes/s. */
enum book_column {
    BOOK_CONNECTED,
    BOOK_MEMORY,
    BOOK_POOL,
    BOOK_CPU,
    BOOK_THREADS,
    BOOK_SEND,
    BOOK_RECEIVE,
    BOOK_COLUMNS
};

/* How sure a figure of the book is. */
enum book_status {
    BOOK_CORROBORATED,
    BOOK_RECALLED,
    BOOK_ARITHMETIC,
    BOOK_DOUBTFUL,
    BOOK_CONFLICT,
    BOOK_UNSTATED, /* the reference does not say */
    BOOK_STATUSES
};

struct book_value {
    bool known;
    double low, high; /* they differ for the CPU alone */
    enum book_status status;
};

/* A row of the book's. */
struct book_printed {
    const char *title, *model; /* "WSAEventSelect", "event_select" */
    double attempted;
    enum book_status attempted_status;
    const char *note; /* or NULL */
    struct book_value value[BOOK_COLUMNS];
};

enum { BOOK_ROWS_MAX = 64 };
struct book_reference {
    cJSON *json;
    size_t count;
    struct book_printed row[BOOK_ROWS_MAX];
};

/* From the data that is built in; free with cJSON_Delete(json). */
void book_reference(struct book_reference *reference);

const char *book_status_name(enum book_status status);
enum book_status book_status_of(const cJSON *fact);

/* "", or a sign for what is not corroborated; what it means, from the data. */
const char *book_mark(enum book_status status);
char *book_mark_says(const struct book_reference *reference,
                     enum book_status status);

/* The note with the marks of those of the row's figures that it repeats; to
 * free. */
char *book_note_says(const struct book_printed *row);

/* A row of ours with the book's of the same tier, where it has one. Its three
 * tiers of 46,000 to 50,000 are our 50,000. */
struct book_row {
    const char *model;
    double tier;
    const struct record_group *group; /* NULL: refused, never begun */
    const struct book_printed *printed;
};

struct book {
    const struct record_set *set;
    struct book_reference reference;
    double scale; /* of our tiers to the book's: 10 for a quick run */
    size_t count;
    struct book_row *row; /* by model in the suite's order, then tier */
};

/* Whether the book's tier is the one that ours, times the scale, stands for. */
bool book_same_tier(double printed, double ours);

void book_open(struct book *book, const struct record_set *set);
void book_close(struct book *book);

/* Our figure of a column, in the book's unit. Of the CPU: the mean over the
 * window, of the server and Wine's server together. */
struct figure book_figure(const struct book_row *row, enum book_column column);

/* Of one record: percent of one processor over the window, of the server and,
 * under Wine, of Wine's server together; false and *why: a part is not known.
 * And the figure of a group's. */
bool book_cpu_of(const cJSON *record, double *percent, const char **why);
struct figure book_cpu_mean(const struct record_group *group);

/* A second of a window, or a little more: the processor time that the server
 * and Wine's server had used by its ends, in microseconds. */
struct book_cpu_step {
    double from_s, to_s, from_us, to_us, percent;
};
void book_cpu_steps(const cJSON *record,
                    void (*each)(void *context, const struct book_cpu_step *s),
                    void *context);

/* Lowest and highest CPU of any second of the windows, as a performance
 * monitor shows it: percent of one processor. False: not known. */
bool book_cpu_range(const struct record_group *group, double *low,
                    double *high);
/* Why not. */
const char *book_cpu_range_why(const struct record_group *group);

/* What kept the attempts of a row's worst run from connecting. */
struct book_stop {
    const cJSON *record;  /* NULL: all connected */
    const char *cause;    /* "ERROR_NOT_ENOUGH_MEMORY", "abandoned" */
    bool refused;         /* that is the server's; else the load's outcome */
    double missing;       /* attempts that did not connect */
    const cJSON *moment;  /* the server's sample when it began, or NULL */
    double open;          /* connections then, or in all */
    struct series series; /* of `moment` */
};
struct book_stop book_stop(const struct record_group *group);

/* "the server's ERROR_NOT_ENOUGH_MEMORY", "the time budget of 63 s". */
void book_stop_cause(struct text *text, const struct book_stop *stop);

/* "stopped by ..."; to free, NULL when all connected. */
char *book_stop_says(const struct book_row *row);

/* The sentences below the table, each to free: the models', what the marks
 * mean, the conditions. Returns how many; *lines is to free. */
size_t book_say(const struct book *book, char ***lines);

/* What a column of the CSV is called, but for the CPU's. */
const char *book_csv_name(enum book_column column);

/* Adds the conditions to the lines; returns the array, which may have moved. */
char **book_conditions(const struct book *book, char **line, size_t *count);

char *book_csv(const struct book *book);

#endif
