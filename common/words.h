/* The words of a command line, owned. */
#ifndef IOMODELS_WORDS_H
#define IOMODELS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/printf_like.h"

enum { WORDS_MAX = 512 };

/* Starts as zeroes; word[count] is NULL. */
struct words {
    size_t count;
    const char *word[WORDS_MAX + 1];
};

void words_add(struct words *w, const char *text);
void words_addf(struct words *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the words of a text that blanks separate, with '...' and "..." around
 * words with blanks. False when a quote does not close; nothing is added. */
bool words_split(struct words *w, const char *text);

void words_free(struct words *w);

/* Windows passes one string to a program, which splits it again by the rules
 * of its C runtime (CommandLineToArgvW's): joins argv (ends with NULL) so that
 * each word arrives as it was. The caller's to free; NULL when the first word
 * holds a quote mark, which no rule can carry. */
char *words_quote(const char *const *argv);

#endif
