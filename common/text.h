/* A text that grows. Start with {0}. Dies rather than run out of memory. */
#ifndef IOMODELS_TEXT_H
#define IOMODELS_TEXT_H

#include <stddef.h>

#include "common/printf_like.h"

struct text {
    char *data; /* ends with a zero byte; NULL while nothing was added */
    size_t length, room;
};

void text_add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_bytes(struct text *text, const char *bytes, size_t count);

/* What was added ("" for nothing), the caller's to free; *text is empty. */
char *text_take(struct text *text);

/* A text of its own, to free: by a format, or a copy. */
char *text_make(const char *format, ...) PRINTF_LIKE(1, 2);
char *text_copy(const char *from);

/* A field of CSV (RFC 4180), quoted where it must be. */
void csv_text(struct text *out, const char *text);

#endif
