#include "common/text.h"

#include <stdarg.h>
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
    if (length < 0)
        die("vsnprintf");
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
