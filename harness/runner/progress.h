/* One line on standard error that is rewritten in place; nothing at all where
 * that is no terminal. */
#ifndef IOMODELS_PROGRESS_H
#define IOMODELS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;
    int64_t shown_ns;
};

void progress_begin(struct progress *p);

/* A line soon after another is left out unless it is `important`. */
void progress_show(struct progress *p, const char *text, bool important);

/* Empties the line, before anything else is written there. */
void progress_clear(struct progress *p);

#endif
