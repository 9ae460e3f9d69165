#include "runner/quote.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"

static bool quote_needed(const char *word)
{
    return *word == '\0' || strpbrk(word, " \t\n\v\"") != NULL;
}

/* Backslashes are literal but before a quote mark, where each counts double
 * and one more makes the mark itself literal. */
static char *quote_word(char *to, const char *word)
{
    *to++ = '"';
    while (*word != '\0') {
        size_t slashes = strspn(word, "\\");
        word += slashes;
        size_t copies = slashes;
        if (*word == '"')
            copies = 2 * slashes + 1;
        else if (*word == '\0')
            copies = 2 * slashes;
        memset(to, '\\', copies);
        to += copies;
        if (*word != '\0')
            *to++ = *word++;
    }
    *to++ = '"';
    return to;
}

/* The program's name is split by a rule of its own: up to the next quote mark,
 * backslashes always literal. */
static char *quote_program(char *to, const char *word)
{
    size_t length = strlen(word);
    *to++ = '"';
    memcpy(to, word, length);
    to += length;
    *to++ = '"';
    return to;
}

char *quote_command(const char *const *words)
{
    if (strchr(words[0], '"') != NULL)
        return NULL;
    size_t room = 1;
    for (size_t i = 0; words[i] != NULL; i++)
        room += 2 * strlen(words[i]) + 3;
    char *text = malloc(room);
    if (text == NULL)
        die("malloc");
    char *to = quote_program(text, words[0]);
    for (size_t i = 1; words[i] != NULL; i++) {
        *to++ = ' ';
        if (quote_needed(words[i])) {
            to = quote_word(to, words[i]);
        } else {
            size_t length = strlen(words[i]);
            memcpy(to, words[i], length);
            to += length;
        }
    }
    *to = '\0';
    return text;
}
