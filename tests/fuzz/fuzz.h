/* What the fuzzers share. Each fuzz_NAME.c is one program of libFuzzer's: it
 * feeds whatever bytes come to code of ours, under AddressSanitizer and
 * UndefinedBehaviorSanitizer, and requires what must be true of the answer. */
#ifndef IOMODELS_FUZZ_H
#define IOMODELS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry; each program defines it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A finding, unless ok. */
void fuzz_require(bool ok, const char *what);

/* The input with a zero byte behind it, to free. */
char *fuzz_text(const uint8_t *data, size_t size);

/* The input's lines as the words of a command line: argv[argc] is NULL. One
 * at a time. */
enum { FUZZ_WORDS = 64 };
struct fuzz_words {
    char *text;
    int argc;
    char *argv[FUZZ_WORDS + 1];
};
void fuzz_words_make(struct fuzz_words *w, const uint8_t *data, size_t size);
void fuzz_words_free(struct fuzz_words *w);

#endif
