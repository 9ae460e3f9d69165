#include "common/utf8.h"

#include <stddef.h>

/* Bytes of the letter that begins here; 0: none does. */
static size_t utf8_letter(const unsigned char *at)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t length = 1;

    if (at[0] >= 0x80)
        length = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if ((at[0] >= 0x80 && at[0] < 0xC2) || at[0] > 0xF4)
        return 0;
    /* Not what a shorter form has, surrogates, or beyond U+10FFFF. */
    if (at[0] == 0xE0)
        low = 0xA0;
    else if (at[0] == 0xED)
        high = 0x9F;
    else if (at[0] == 0xF0)
        low = 0x90;
    else if (at[0] == 0xF4)
        high = 0x8F;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xBF)
        if (at[i] < low || at[i] > high)
            return 0;
    return length;
}

char *utf8_valid(char *text)
{
    for (char *at = text; *at != '\0';) {
        size_t length = utf8_letter((const unsigned char *)at);

        if (length == 0)
            *at = '?';
        at += length > 0 ? length : 1;
    }
    return text;
}
