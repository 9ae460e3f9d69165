/* The book's table (Network Programming for Microsoft Windows, 2nd edition,
 * chapter 6) beside ours. What is known of the book is data,
 * results/reference/book-table-6-3.json, each figure with its status; a figure
 * that is not corroborated is never shown without its mark. */
#ifndef IOMODELS_BOOK_H
#define IOMODELS_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

#include "results/figures.h"
#include "results/record_set.h"
#include "results/summary.h"
#include "results/table_format.h"

/* A figure of the book, in its unit: KB of 1,024 bytes, percent, bytes/s. */
struct book_value {
    bool known;
    double low, high;   /* they differ only for the CPU */
    const char *status; /* how sure it is: "recalled" */
    const char *mark;   /* of the status; "": corroborated */
};

/* A row of ours with the book's row of the same tier, if it has one. The book's
 * three tiers of 46,000 to 50,000 are our 50,000. Each is measured flat out,
 * with no limit of the rate, and at a limited rate; older records know but the
 * latter. Without either the row was skipped. */
struct book_row {
    const char *model;
    double tier;
    const struct record_group *limited, *flat; /* or NULL */
    const cJSON *reference, *printed;          /* the whole; its row, or NULL */
    size_t added; /* its place until they are sorted */
};

struct book {
    const struct record_set *set;
    struct record_group *groups; /* the set's, with labels of our own */
    bool flat;                   /* some row was measured flat out */
    cJSON *reference;
    double scale; /* the book's tiers / ours: 10 for a quick run, else 1 */
    size_t count;
    struct book_row *row; /* by model in the suite's order, then tier */
};

void book_open(struct book *book, const struct record_set *set);
void book_close(struct book *book);

/* A row's figure in the book. */
struct book_value book_printed(const struct book_row *row,
                               enum book_column column);

/* The status of a fact of the reference, and its mark. */
void book_status(const cJSON *reference, const cJSON *fact,
                 struct book_value *value);

/* A figure of `limited` or `flat` (NULL: count 0) in the book's unit. The CPU
 * is the mean over the window, of the server and Wine's server together. */
struct summary book_figure(const struct record_group *group,
                           enum book_column column);

/* Of the row's figures those that stand beside the book's throughput: flat out,
 * or of older records at the limited rate. */
const struct record_group *book_fastest(const struct book *book,
                                        const struct book_row *row);

/* The change of the system's non-paged pool, or under Wine of Linux' memory for
 * TCP, in KiB for each connection. */
struct summary book_pool(const struct record_group *group);

/* The rate at which all models do equal work, bytes/s: what the set's limited
 * runs had; or half of what the slowest model (*slowest) that connected every
 * attempt carried flat out at the fewest connections, in two digits; or, where
 * none carried anything, the book's. */
uint64_t book_rate(const struct record_set *set,
                   const struct record_group **slowest);

/* Whether the runs of a group had no limit of their rate. */
bool book_is_flat(const struct record_group *group);

/* Lowest and highest CPU of any second of the windows, as a performance monitor
 * shows it, in percent of one processor; false when it is not known. */
bool book_cpu_range(const struct book_row *row, double *low, double *high);

/* What the figures say, a sentence each; to cJSON_Delete. */
cJSON *book_findings(const struct book *book);

/* Both tables side by side, with or without the findings. UTF-8, to free. */
char *book_make(const struct record_set *set, enum table_format format,
                bool findings);

#endif
