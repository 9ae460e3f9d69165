/* A stream cut into lines, however it arrives; and words joined into Windows'
 * one command line, which must split into the same words again. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* The line that begins at *at of the whole, without its end. */
static void fuzz_line(const char *line, const uint8_t *data, size_t size,
                      size_t *at)
{
    const uint8_t *end = memchr(data + *at, '\n', size - *at);
    size_t length = end != NULL ? (size_t)(end - data) - *at : size - *at;
    size_t text = length;

    if (text > 0 && data[*at + text - 1] == '\r')
        text--;
    fuzz_require(memcmp(line, data + *at, text) == 0 && line[text] == '\0',
                 "a line is what stood there");
    *at += length + 1;
}

static void fuzz_stream(const uint8_t *data, size_t size)
{
    struct lines l = {0};
    size_t at = 0;
    char *line;

    for (size_t given = 0; given < size;) {
        size_t piece = 1 + data[given] % 50;

        if (piece > size - given)
            piece = size - given;
        lines_add(&l, (const char *)data + given, piece);
        given += piece;
        while ((line = lines_next(&l)) != NULL)
            fuzz_line(line, data, given, &at);
    }
    line = lines_rest(&l);
    if (line != NULL)
        fuzz_line(line, data, size, &at);
    fuzz_require(at >= size, "nothing is left out");
    lines_free(&l);
}

/* One argument by the rules of CommandLineToArgvW; moves *from behind it. */
static void fuzz_split(const char **from, char *to)
{
    bool quoted = false;
    const char *at = *from;

    while (*at != '\0' && (quoted || (*at != ' ' && *at != '\t'))) {
        size_t slashes = strspn(at, "\\");

        at += slashes;
        if (*at == '"') {
            memset(to, '\\', slashes / 2);
            to += slashes / 2;
            if (slashes % 2 != 0)
                *to++ = '"';
            else
                quoted = !quoted;
            at++;
        } else {
            memset(to, '\\', slashes);
            to += slashes;
            if (slashes == 0)
                *to++ = *at++;
        }
    }
    *to = '\0';
    *from = at;
}

static void fuzz_quote(const uint8_t *data, size_t size)
{
    struct fuzz_words w;

    fuzz_words_make(&w, data, size);
    char *text = words_quote((const char *const *)w.argv);
    fuzz_require((text == NULL) == (strchr(w.argv[0], '"') != NULL),
                 "a program's name with a quote mark is refused");
    if (text != NULL) {
        const char *at = text + strlen(w.argv[0]) + 2;
        char *back = malloc(strlen(text) + 1);

        fuzz_require(back != NULL, "malloc");
        for (int i = 1; i < w.argc; i++) {
            fuzz_require(*at++ == ' ', "words are apart");
            fuzz_split(&at, back);
            fuzz_require(strcmp(back, w.argv[i]) == 0, "a word comes back");
        }
        fuzz_require(*at == '\0', "no word more");
        free(back);
    }
    free(text);
    fuzz_words_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct words words = {0};

    fuzz_stream(data, size);
    fuzz_quote(data, size);
    words_split(&words, text);
    words_free(&words);
    free(text);
    return 0;
}
