/* The table of a set of records. */
#ifndef IOMODELS_TABLE_H
#define IOMODELS_TABLE_H

#include "results/record_set.h"
#include "results/table_format.h"

/* Medians over the valid runs of each group, with the spread of SUMMARY_SPREAD
 * when there are several; invalid runs marked with their reasons; figures that
 * are not known as n/a with the reason. UTF-8, the caller's to free. */
char *table_make(const struct record_set *set, enum table_format format);

/* What people and programs ask for: text that fits 80 columns, with those that
 * matter, unless `wide`; sorted within each number of connections by a column
 * of the CSV, the best first, or "model". Its findings follow, in Markdown and
 * HTML they come first. UTF-8, the caller's to free. */
struct table_view {
    enum table_format format;
    bool wide;
    const char *sort; /* or NULL */
};
char *table_show(const struct record_set *set, const struct table_view *view);
bool table_can_sort(const char *column);
char *table_json(const struct record_set *set);

/* Where a cell comes from: formula, records and samples. `what` is
 * MODEL:TIER:COLUMN, the column as in the header of the CSV. Text to free; NULL
 * after one line to standard error (exit 2). */
char *explain_cell(const struct record_set *set, const char *what);

/* A soak's table, to free: whether each server's memory, handles and threads
 * stayed level, and whether it lost or changed anything. *faults: how many runs
 * did not, could not be judged or are not valid. */
char *soak_make(const struct record_set *set, size_t *faults);

/* "iocp at 1,000 (message_bytes=64)" */
void table_where(struct text *text, const struct record_group *group);

/* The note of a kind about a group, to free; NULL: there is nothing to note. */
enum table_remark_kind {
    REMARK_INVALID,
    REMARK_DISTURBED,
    REMARK_MISSING,
    REMARK_LOST,
    REMARK_OUTLIERS,
    REMARKS
};
char *table_remark(const struct record_group *group,
                   enum table_remark_kind kind);

/* "1,000/998": of so many attempts those that connected; to free. */
char *table_connected(const struct record_group *group);

/* A group's first cell: its model, marked if runs are not valid, and notes. */
char *table_model(struct table *table, const struct record_group *group);

/* Cells of CSV: a figure's median, low and high; a number. Empty for what is
 * not known. */
void table_csv_figure(struct table *table, struct summary summary);
void table_csv_number(struct table *table, bool known, double value);

#endif
