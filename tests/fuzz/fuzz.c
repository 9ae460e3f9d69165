#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_require(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    fuzz_require(text != NULL, "malloc");
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

void fuzz_words_make(struct fuzz_words *w, const uint8_t *data, size_t size)
{
    w->text = fuzz_text(data, size);
    w->argc = 0;
    for (char *at = w->text; at != NULL && w->argc < FUZZ_WORDS;) {
        char *end = strchr(at, '\n');

        w->argv[w->argc++] = at;
        if (end != NULL)
            *end++ = '\0';
        at = end;
    }
    w->argv[w->argc] = NULL;
}

void fuzz_words_free(struct fuzz_words *w)
{
    free(w->text);
}
