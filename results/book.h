/* The book's table (Network Programming for Microsoft Windows, 2nd edition,
 * chapter 6) beside ours. What is known of the book is data,
 * results/reference/book-table-6-3.json, each figure with its status; a figure
 * that is not corroborated is never shown without its mark. */
#ifndef IOMODELS_BOOK_H
#define IOMODELS_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/summary.h"
#include "results/record_set.h"
#include "results/table.h"

/* In the book's order and units: KB of 1,024 bytes, percent, bytes/s. */
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
struct book_column_info {
    const char *reference; /* its key in the reference: "memory_kb" */
    const char *heading;   /* "memory\nKiB ", "here" or "book" follows */
    const char *pointer;   /* into a record */
    double scale;          /* from the record's unit to the book's */
};
extern const struct book_column_info book_columns[BOOK_COLUMNS];

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
    double low, high; /* they differ only for the CPU */
    enum book_status status;
};

/* A row of the book. */
struct book_printed {
    const char *title, *model; /* "WSAEventSelect", "event_select" */
    double attempted;
    enum book_status attempted_status;
    struct book_value value[BOOK_COLUMNS];
};

enum { BOOK_ROWS_MAX = 64 };
struct book_reference {
    cJSON *json;
    size_t count;
    struct book_printed row[BOOK_ROWS_MAX];
};

/* From the built-in data; free with cJSON_Delete(json). */
void book_reference(struct book_reference *reference);

/* The status of a fact of the reference, its name, and its mark: "" or a sign
 * for what is not corroborated. */
enum book_status book_status_of(const cJSON *fact);
const char *book_status_name(enum book_status status);
const char *book_mark(enum book_status status);

/* A row of ours with the book's row of the same tier, if it has one. The book's
 * three tiers of 46,000 to 50,000 are our 50,000. */
struct book_row {
    const char *model;
    double tier;
    const struct record_group *group;   /* NULL: skipped, never started */
    const struct book_printed *printed; /* or NULL */
};

struct book {
    const struct record_set *set;
    struct book_reference reference;
    double scale; /* the book's tiers / ours: 10 for a quick run, else 1 */
    size_t count;
    struct book_row *row; /* by model in the suite's order, then tier */
};

void book_open(struct book *book, const struct record_set *set);
void book_close(struct book *book);

/* Whether the records are of the command `book`. */
bool book_is(const struct record_set *set);

/* Our figure of a column in the book's unit. The CPU is the mean over the
 * window, of the server and Wine's server together. */
struct summary book_figure(const struct book_row *row, enum book_column column);

/* Lowest and highest CPU of any second of the windows, as a performance monitor
 * shows it, in percent of one processor; false when it is not known. */
bool book_cpu_range(const struct record_group *group, double *low,
                    double *high);

/* What kept attempts of the group's worst run from connecting. */
struct book_stop {
    const cJSON *record; /* NULL: all connected */
    const char *cause;   /* "ERROR_NOT_ENOUGH_MEMORY", "abandoned", or NULL */
    bool by_server;      /* the server's error; else the load's outcome */
    double connections;  /* open when it began, or connected in all */
};
struct book_stop book_stop(const struct record_group *group);

/* "ERROR_NOT_ENOUGH_MEMORY of the server", "no first echo within 10 s"; to
 * free. */
char *book_stop_cause(const struct book_stop *stop);

/* Adds the findings and the conditions below the table. */
void book_findings(const struct book *book, struct table *table);

/* Both tables side by side. UTF-8, to free. */
char *book_make(const struct record_set *set, enum table_format format);

#endif
