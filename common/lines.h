/* Bytes of a stream in, whole lines out. */
#ifndef IOMODELS_LINES_H
#define IOMODELS_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* A longer line is cut there; a final with full histograms is below 1 MiB. */
enum { LINES_LONGEST = 16 * 1024 * 1024 };

/* Starts as zeroes. */
struct lines {
    char *data;
    size_t size, begin, end; /* bytes of data that are not yet taken */
    size_t searched;         /* of these, known to hold no line end */
    bool skipping;           /* the rest of a line that was cut */
};

/* Where the next bytes go; *room says how many fit (at least 1). */
char *lines_room(struct lines *l, size_t *room);
void lines_added(struct lines *l, size_t bytes);

/* The next whole line without its end, valid until the next lines_room; NULL
 * when there is none. */
char *lines_next(struct lines *l);

/* What is left when the stream ended inside a line, or NULL. */
char *lines_rest(struct lines *l);

void lines_free(struct lines *l);

#endif
