/* One self-contained page of a folder's records: HTML that needs no network,
 * no script and no file beside it. */
#ifndef IOMODELS_REPORT_H
#define IOMODELS_REPORT_H

#include "results/record_set.h"

struct report_options {
    const char *page;    /* the file that the page goes to */
    const char *records; /* folder */
    const char *charts;  /* folder with the NAME.svg of plot_draw */
    const char *version; /* of the suite */
};

/* The page, to free; NULL after one line to standard error: a chart cannot be
 * read. */
char *report_make(const struct record_set *set,
                  const struct report_options *options);

#endif
