/* The table of a set of records. */
#ifndef IOMODELS_TABLE_H
#define IOMODELS_TABLE_H

#include "results/load_dir.h"
#include "results/table_format.h"

/* Medians over the valid runs of each group, with the spread of figure_spread
 * when there are several; invalid runs marked with their reasons; figures that
 * are not known as n/a with the reason. UTF-8, the caller's to free. */
char *table_make(const struct record_set *set, enum table_format format);

/* A group's first cell: its model, marked if runs are not valid, and notes. */
char *table_model(struct table *table, const struct record_group *group);

/* For CSV: three columns of a figure, and its three cells; a number. Empty for
 * what is not known. */
void table_csv_column(struct table *table, const char *name);
void table_csv_figure(struct table *table, struct figure figure);
void table_csv_number(struct table *table, bool known, double value);

#endif
