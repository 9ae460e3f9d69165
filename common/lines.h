/* Bytes of a stream in, whole lines out. */
#ifndef IOMODELS_LINES_H
#define IOMODELS_LINES_H

#include <stddef.h>

#include "common/text.h"

/* A longer line comes in pieces; a final with full histograms is below 1 MiB.
 */
enum { LINES_LONGEST = 16 * 1024 * 1024 };

/* Starts as zeroes. */
struct lines {
    struct text held;
    size_t begin;    /* of what is not yet taken */
    size_t searched; /* bytes from there, known to hold no line end */
};

void lines_add(struct lines *l, const char *bytes, size_t count);

/* The next whole line without its end, valid until the next lines_add; NULL
 * when there is none. */
char *lines_next(struct lines *l);

/* What is left when the stream ended inside a line, or NULL. */
char *lines_rest(struct lines *l);

void lines_free(struct lines *l);

#endif
