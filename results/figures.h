/* The table of figures: a row for each figure of a record. A record is derived
 * from it (results/derive.c); tables, CSV, --explain, charts, `iomodels check`
 * and the book's table show those of its rows that have a name, a heading, a
 * chart, .check or .book. To add a figure, add a row; the schema of records
 * allows it, and should describe it. */
#ifndef IOMODELS_FIGURES_H
#define IOMODELS_FIGURES_H

#include <stdbool.h>

/* How a figure is computed from its stream's metrics. Marks are those of the
 * server's samples: "empty" is before the first connection, "begin" and "end"
 * are those of the measured window. */
enum figure_kind {
    FIGURE_REQUESTED,      /* part of the run's configuration */
    FIGURE_COPY,           /* a member of the final line, as it is */
    FIGURE_SECTION,        /* an object where the stream has the metric */
    FIGURE_LAST,           /* in the last line with metrics */
    FIGURE_EMPTY,          /* at "empty" */
    FIGURE_END,            /* at "end" */
    FIGURE_CHANGE,         /* at "end" less at "empty" */
    FIGURE_MOST,           /* the highest of all lines */
    FIGURE_WINDOW,         /* at "end" less at "begin" */
    FIGURE_SECONDS,        /* the same of microseconds, as seconds */
    FIGURE_RATE,           /* the same, per second of the window */
    FIGURE_CORES,          /* CPU time metric + second, % of one processor */
    FIGURE_BUSY,           /* 100 x metric / (metric + second) */
    FIGURE_MEAN,           /* growth of the metric / growth of `second` */
    FIGURE_PER_TRIP,       /* CPU time metric + second, us a round trip */
    FIGURE_PER_TRIP_TOTAL, /* that of server and wineserver */
    FIGURE_PHASE,          /* seconds from phase `metric` to `second` */
    FIGURE_WINDOW_S,       /* seconds of the measured window */
    FIGURE_CONNECT_RATE,   /* connections made per second */
    FIGURE_PER_CONNECTION, /* change of the metric per open connection */
    FIGURE_QUANTILE        /* a part of the histogram */
};

/* A chart of the figure against the number of connections. */
struct figure_chart {
    int place;        /* in the report, from 1; 0: the figure has no chart */
    const char *name; /* of its files */
    const char *title, *unit;
    const char *axis; /* "zero", "log", "percent", "free" */
    double factor;    /* from the record's unit to the chart's */
    bool share;       /* of the connections attempted */
};

/* The columns of the book's table, in its order. */
enum book_column {
    BOOK_NONE,
    BOOK_ATTEMPTED,
    BOOK_CONNECTED,
    BOOK_MEMORY,
    BOOK_POOL,
    BOOK_HOST_TCP,
    BOOK_CPU,
    BOOK_THREADS,
    BOOK_SEND,
    BOOK_RECEIVE,
    BOOK_COLUMNS
};
struct figure_book {
    enum book_column column; /* BOOK_NONE: the book has no such figure */
    const char *key;         /* in its data; NULL: ours alone */
    const char *heading;     /* "here" or "book" follows */
};

/* A metric of `iomodels check`. */
struct figure_check {
    int place;        /* in its output, from 1; 0: the figure is none */
    const char *name; /* in --metrics */
    const char *heading;
    bool more_is_better;
};

struct figure {
    const char *pointer; /* where it stands in a record; its key names the
                            unit */
    enum figure_kind kind;
    const char *stream;
    const char *metric; /* NULL: the pointer's last key; see figure_metric */
    const char *second;
    const char *why;     /* it is null, where the stream has no reason */
    bool if_reported;    /* applies only where the stream has the metric; no
                            column where no record has the figure */
    bool optional;       /* left out where the stream lacks the metric */
    const char *name;    /* with the unit, in CSV, --explain and check's
                            JSON; or NULL */
    const char *formula; /* for --explain, if the kind does not say it all */
    /* A column of the table, for people; heading NULL: none. Its lines are
     * parted by \n and end with the unit. */
    const char *heading;
    double scale; /* from the record's unit to the heading's */
    int decimals;
    bool spread; /* the table shows the interval, too */
    struct figure_chart chart;
    struct figure_check check;
    struct figure_book book;
};
extern const struct figure figures[]; /* ends with a NULL pointer */

const char *figure_metric(const struct figure *m);

/* The row with that name; NULL: there is none. */
const struct figure *figure_named(const char *name);

/* The row whose chart, or metric of a check, or column of the book's table has
 * that place; NULL after the last one. */
const struct figure *figure_chart(int place);
const struct figure *figure_check(int place);
const struct figure *figure_book(enum book_column column);

#endif
