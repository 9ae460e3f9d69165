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

/* Adds the words of a launcher as typed. False when a quote does not close. */
bool words_split(struct words *w, const char *text);

void words_free(struct words *w);

#endif
