#include "runner/words.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/die.h"

void words_add(struct words *w, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy == NULL || w->count == WORDS_MAX)
        die("words_add");
    memcpy(copy, text, size);
    w->word[w->count++] = copy;
    w->word[w->count] = NULL;
}

void words_addf(struct words *w, const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof text)
        die("words_addf");
    words_add(w, text);
}

bool words_split(struct words *w, const char *text)
{
    const char *pieces[WORDS_MAX / 4];
    char *store = NULL;
    size_t count = args_words(text, &store, pieces, WORDS_MAX / 4);
    for (size_t i = 0; i < count; i++)
        words_add(w, pieces[i]);
    free(store);
    return count > 0 || text[strspn(text, " \t")] == '\0';
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free((void *)(uintptr_t)w->word[i]);
    memset(w, 0, sizeof *w);
}
