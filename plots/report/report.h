/* One self-contained page of a folder's records: HTML that needs no network,
 * no script and no file beside it. */
#ifndef IOMODELS_REPORT_H
#define IOMODELS_REPORT_H

#include <stddef.h>
#include "results/load_dir.h"

struct report_options {
    const char *charts;  /* folder with the NAME.svg of plot_draw */
    const char *version; /* of the suite */
    /* Folders as seen from the page's own, "" for the same one; NULL: no
     * links to what is in them. */
    const char *records_link, *charts_link;
};

/* The page, to free; NULL after one line to standard error: a chart cannot be
 * read. */
char *report_make(const struct record_set *set,
                  const struct report_options *options);

/* How to get to `folder` from the folder of the file `page`: "../records", ""
 * for the same; NULL when there is no relative way. To free. */
char *report_link(const char *page, const char *folder);

#endif
