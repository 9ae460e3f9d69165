/* The book's table as a figure: share connected and bytes sent, ours beside
 * the book's, in the order of the table. */
#ifndef IOMODELS_PLOT_BOOK_H
#define IOMODELS_PLOT_BOOK_H

#include "plots/plot.h"

extern const char plot_book_name[];

/* NAME.dat and NAME.gp, to free; NULL unless the records are of `book`. */
void plot_book_data(const struct record_set *set,
                    const struct plot_options *options, char **data,
                    char **script);

#endif
