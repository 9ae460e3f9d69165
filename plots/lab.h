/* The records of `iomodels lab` as charts and one page. */
#ifndef IOMODELS_PLOT_LAB_H
#define IOMODELS_PLOT_LAB_H

#include "plots/plot.h"

/* Reads every record of an experiment in the folder, in the order of the
 * claims; other files of ours are left alone. Free with records_free. NULL
 * after one line to standard error. */
struct record_set *lab_records(const char *folder);

/* A chart named by the claim for each record that compares runs, and one of
 * them all, "ratios", and "verdicts" of all claims; as plot_draw. */
bool lab_draw(const struct record_set *set, const struct plot_options *options);

/* Whether a record has a chart. */
bool lab_has_chart(const cJSON *record);

/* The page; as report_make. */
char *lab_page(const struct record_set *set,
               const struct report_options *options);

#endif
