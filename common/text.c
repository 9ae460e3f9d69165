#include "common/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"

static void text_reserve(struct text *text, size_t more)
{
    size_t need = text->length + more + 1;

    if (need <= text->room)
        return;
    text->room = need < 2 * text->room ? 2 * text->room : need + 64;
    text->data = realloc(text->data, text->room);
    if (text->data == NULL)
        die("realloc");
}

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
    text_reserve(text, count);
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

static void text_add_args(struct text *text, const char *format, va_list args)
{
    va_list again;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text_reserve(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
    text->length += (size_t)length;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_add_args(text, format, args);
    va_end(args);
}

char *text_make(const char *format, ...)
{
    struct text text = {0};
    va_list args;

    va_start(args, format);
    text_add_args(&text, format, args);
    va_end(args);
    return text.data;
}

char *text_take(struct text *text)
{
    char *data = text->data;

    memset(text, 0, sizeof *text);
    return data != NULL ? data : text_copy("");
}

char *text_copy(const char *from)
{
    size_t size = strlen(from) + 1;
    char *copy = calloc_or_die(1, size);
    return memcpy(copy, from, size);
}

void csv_text(struct text *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        text_add(out, "%s", text);
        return;
    }
    text_add(out, "\"");
    for (; *text != '\0'; text++)
        text_add(out, *text == '"' ? "\"\"" : "%c", *text);
    text_add(out, "\"");
}

/* --- lines ---------------------------------------------------------------- */

void lines_add(struct lines *l, const char *bytes, size_t count)
{
    if (l->begin > 0) {
        l->held.length -= l->begin;
        memmove(l->held.data, l->held.data + l->begin, l->held.length);
        l->begin = 0;
    }
    text_add_bytes(&l->held, bytes, count);
}

/* The first `length` bytes of what is left, and takes `end` more. */
static char *text_line(struct lines *l, size_t length, size_t end)
{
    char *line = l->held.data + l->begin;
    l->begin += length + end;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return utf8_valid(line);
}

char *lines_next(struct lines *l)
{
    size_t left = l->held.length - l->begin;
    char *from = left > 0 ? l->held.data + l->begin : NULL;
    char *end = left > 0 ? memchr(from, '\n', left) : NULL;
    return end != NULL ? text_line(l, (size_t)(end - from), 1) : NULL;
}

char *lines_rest(struct lines *l)
{
    size_t left = l->held.length - l->begin;
    return left > 0 ? text_line(l, left, 0) : NULL;
}

void lines_free(struct lines *l)
{
    free(l->held.data);
    memset(l, 0, sizeof *l);
}

/* --- words ---------------------------------------------------------------- */

void words_take(struct words *w, char *text)
{
    w->word = realloc(w->word, (w->count + 2) * sizeof *w->word);
    if (w->word == NULL)
        die("realloc");
    w->word[w->count++] = text;
    w->word[w->count] = NULL;
}

int text_order(const char *a, const char *b)
{
    size_t same = 0;

    while (a[same] != '\0' && a[same] == b[same])
        same++;
    while (same > 0 && strchr(".0123456789", a[same - 1]) != NULL)
        same--;
    if (isdigit((unsigned char)a[same]) && isdigit((unsigned char)b[same])) {
        double x = strtod(a + same, NULL), y = strtod(b + same, NULL);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return strcmp(a, b);
}

void words_add(struct words *w, const char *text)
{
    words_take(w, text_copy(text));
}

/* One word up to a blank outside quotes; moves *text behind it. False when a
 * quote does not close. */
static bool text_word(const char **text, struct text *word)
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
    bool good = true;
    for (text += strspn(text, " \t"); *text != '\0' && good;
         text += strspn(text, " \t")) {
        struct text word = {0};
        good = text_word(&text, &word);
        words_take(w, text_take(&word));
    }
    return good;
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free((void *)(uintptr_t)w->word[i]);
    free(w->word);
    memset(w, 0, sizeof *w);
}

/* Backslashes are literal but before a quote mark, where each counts double
 * and one more makes the mark itself literal. */
static void text_quote(struct text *to, const char *word)
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
    /* The program's name has a rule of its own: backslashes are literal. */
    text_add(&text, "\"%s\"", argv[0]);
    for (size_t i = 1; argv[i] != NULL; i++) {
        text_add_bytes(&text, " ", 1);
        if (*argv[i] == '\0' || strpbrk(argv[i], " \t\n\v\"") != NULL)
            text_quote(&text, argv[i]);
        else
            text_add_bytes(&text, argv[i], strlen(argv[i]));
    }
    return text_take(&text);
}
