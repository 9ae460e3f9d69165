/* What people see of a run under way: a block of rows on the terminal. */
#ifndef IOMODELS_PANEL_H
#define IOMODELS_PANEL_H

#include <stdbool.h>
#include <stddef.h>

#define PANEL_UNKNOWN (-1.0) /* a figure; shown as "-" */

struct panel {
    const char *title, *phase; /* "[7/24] iocp 4,000", "measuring" */
    const char *after;         /* ends the first row; or NULL */
    double left_s;             /* until all is over; left out while unknown */
    bool load, server;         /* has figures: */
    double open, trips_per_s, bytes_per_s, p50_us, p99_us;
    double server_percent, server_bytes, server_threads;
};

/* Without titles, parts and figures. */
void panel_init(struct panel *panel);

/* Its rows, each ended by a line feed, with at most `columns` bytes before that
 * (whole letters of UTF-8, which are no wider than their bytes); no more rows
 * than `most`. To free. */
enum { PANEL_ROWS = 5 };
char *panel_text(const struct panel *panel, size_t columns, size_t most);

/* Draws it, where standard error is a terminal, some times a second; sooner in
 * a new phase. terminal_clear takes it away. */
void panel_show(const struct panel *panel);

#endif
