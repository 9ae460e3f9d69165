#include "results/html.h"

#include <ctype.h>
#include <string.h>

/* The bytes of the well-formed UTF-8 character at `at`; 0: it is none. */
static size_t html_character(const unsigned char *at)
{
    static const struct {
        unsigned char low, high, second_low, second_high;
        size_t size;
    } leads[] = {{0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
                 {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
                 {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                 {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
                 {0xF4, 0xF4, 0x80, 0x8F, 4}};

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (*at < leads[i].low || *at > leads[i].high)
            continue;
        if (leads[i].size > 1 &&
            (at[1] < leads[i].second_low || at[1] > leads[i].second_high))
            return 0;
        for (size_t k = 2; k < leads[i].size; k++)
            if ((at[k] & 0xC0) != 0x80)
                return 0;
        return leads[i].size;
    }
    return 0;
}

void html_text(struct text *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t size = html_character(at);

        if (*at == '&')
            text_add(out, "&amp;");
        else if (*at == '<')
            text_add(out, "&lt;");
        else if (*at == '>')
            text_add(out, "&gt;");
        else if (*at == '"')
            text_add(out, "&quot;");
        else if (*at == '\'')
            text_add(out, "&#39;");
        else if (size == 0 || *at == 0x7F ||
                 (*at < 0x20 && strchr("\t\n\r", *at) == NULL))
            text_add(out, "\xEF\xBF\xBD"); /* U+FFFD: not a character */
        else
            text_add_bytes(out, (const char *)at, size);
        at += size > 0 ? size : 1;
    }
}

void html_href(struct text *out, const char *path)
{
    for (; *path != '\0'; path++)
        if (isalnum((unsigned char)*path) || strchr("-._~/", *path) != NULL)
            text_add_bytes(out, path, 1);
        else
            text_add(out, "%%%02X", (unsigned)(unsigned char)*path);
}
