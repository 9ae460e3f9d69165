/* Texts that grow, lines from a stream, and the words of a command line. All
 * start as zeroes; they die rather than run out of memory. */
#ifndef IOMODELS_TEXT_H
#define IOMODELS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/errors.h"

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

/* Bytes of a stream in, whole lines out, as valid UTF-8. */
struct lines {
    struct text held;
    size_t begin; /* of what is not yet taken */
};

void lines_add(struct lines *l, const char *bytes, size_t count);

/* The next whole line without its end, valid until the next lines_add; NULL
 * when there is none. */
char *lines_next(struct lines *l);

/* What is left when the stream ended inside a line, or NULL. */
char *lines_rest(struct lines *l);

void lines_free(struct lines *l);

/* As strcmp, but digits count as a number: "rate=64" is before "rate=4096". */
int text_order(const char *a, const char *b);

/* Owned words, of a command line or a list. */
struct words {
    size_t count;
    const char **word; /* word[count] is NULL; NULL while there is none */
};

/* A copy of a text, or the text itself, which is freed with the others. */
void words_add(struct words *w, const char *text);
void words_take(struct words *w, char *text);

/* Adds the words of a text that blanks separate, with '...' and "..." around
 * words with blanks. False when a quote does not close. */
bool words_split(struct words *w, const char *text);

void words_free(struct words *w);

/* Windows passes one string to a program, which splits it again by the rules
 * of its C runtime (CommandLineToArgvW's): joins argv (ends with NULL) so that
 * each word arrives as it was; the first cannot hold a quote mark. The caller's
 * to free. */
char *words_quote(const char *const *argv);

#endif
