#include "common/words.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"

/* Takes over `text`. */
static void words_own(struct words *w, char *text)
{
    if (w->count == WORDS_MAX)
        die("words_own");
    w->word[w->count++] = text;
    w->word[w->count] = NULL;
}

void words_add(struct words *w, const char *text)
{
    words_own(w, text_copy(text));
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

/* One word up to a blank outside quotes; moves *text behind it. False when a
 * quote does not close. */
static bool words_take(const char **text, struct text *word)
{
    char quote = '\0';
    for (; **text != '\0'; (*text)++) {
        char c = **text;
        if (quote == '\0' && (c == ' ' || c == '\t'))
            break;
        if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = '\0';
        else
            text_add_bytes(word, &c, 1);
    }
    return quote == '\0';
}

bool words_split(struct words *w, const char *text)
{
    enum { WORDS_TYPED = WORDS_MAX / 4 };
    size_t before = w->count;
    for (text += strspn(text, " \t"); *text != '\0';
         text += strspn(text, " \t")) {
        struct text word = {0};
        bool good = words_take(&text, &word);
        words_own(w, text_take(&word));
        if (good && w->count - before <= WORDS_TYPED)
            continue;
        while (w->count > before)
            free((void *)(uintptr_t)w->word[--w->count]);
        w->word[w->count] = NULL;
        return false;
    }
    return true;
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free((void *)(uintptr_t)w->word[i]);
    memset(w, 0, sizeof *w);
}

/* Backslashes are literal but before a quote mark, where each counts double
 * and one more makes the mark itself literal. */
static void words_quote_one(struct text *to, const char *word)
{
    text_add_bytes(to, "\"", 1);
    while (*word != '\0') {
        size_t slashes = strspn(word, "\\");
        text_add_bytes(to, word, slashes);
        word += slashes;
        if (*word == '"' || *word == '\0')
            text_add_bytes(to, word - slashes, slashes);
        if (*word == '"')
            text_add_bytes(to, "\\", 1);
        if (*word != '\0')
            text_add_bytes(to, word++, 1);
    }
    text_add_bytes(to, "\"", 1);
}

char *words_quote(const char *const *argv)
{
    struct text text = {0};
    if (strchr(argv[0], '"') != NULL)
        return NULL;
    /* The program's name has a rule of its own: backslashes are literal. */
    text_add(&text, "\"%s\"", argv[0]);
    for (size_t i = 1; argv[i] != NULL; i++) {
        text_add_bytes(&text, " ", 1);
        if (*argv[i] == '\0' || strpbrk(argv[i], " \t\n\v\"") != NULL)
            words_quote_one(&text, argv[i]);
        else
            text_add_bytes(&text, argv[i], strlen(argv[i]));
    }
    return text_take(&text);
}
