#include "results/json_scan.h"

#include <stdbool.h>
#include <string.h>
#include <cJSON.h>

struct scan {
    const unsigned char *at, *end;
    int depth;
};

static bool scan_value(struct scan *s);

static bool scan_is(const struct scan *s, char c)
{
    return s->at < s->end && *s->at == (unsigned char)c;
}

static bool scan_take(struct scan *s, char c)
{
    bool is = scan_is(s, c);

    s->at += is;
    return is;
}

static void scan_blanks(struct scan *s)
{
    while (scan_is(s, ' ') || scan_is(s, '\t') || scan_is(s, '\n') ||
           scan_is(s, '\r'))
        s->at++;
}

static bool scan_word(struct scan *s, const char *word)
{
    while (*word != '\0')
        if (!scan_take(s, *word++))
            return false;
    return true;
}

static bool scan_digits(struct scan *s)
{
    const unsigned char *begin = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > begin;
}

static bool scan_number(struct scan *s)
{
    scan_take(s, '-');
    if (!scan_take(s, '0') && !scan_digits(s))
        return false;
    if (scan_take(s, '.') && !scan_digits(s))
        return false;
    if (!scan_take(s, 'e') && !scan_take(s, 'E'))
        return true;
    if (!scan_take(s, '+'))
        scan_take(s, '-');
    return scan_digits(s);
}

static int scan_hex(unsigned char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    int value = found != NULL ? (int)(found - digits) : -1;

    return value < 16 ? value : value - 6;
}

/* The four digits behind \u; -1: they are none. */
static int scan_unit(struct scan *s)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = s->at < s->end ? scan_hex(*s->at) : -1;

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
        s->at++;
    }
    return unit;
}

/* Halves of a pair stand together. A text of C ends at \u0000. */
static bool scan_unicode(struct scan *s)
{
    int unit = scan_unit(s);

    if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return false;
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    if (!scan_word(s, "\\u"))
        return false;
    unit = scan_unit(s);
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

static bool scan_escape(struct scan *s)
{
    if (scan_take(s, 'u'))
        return scan_unicode(s);
    if (s->at == s->end || *s->at == '\0' || !strchr("\"\\/bfnrt", *s->at))
        return false;
    s->at++;
    return true;
}

/* One character of two to four bytes, by the table of RFC 3629: no longer
 * than it must be, no half of a pair, nothing beyond U+10FFFF. */
static bool scan_utf8(struct scan *s)
{
    unsigned char first = *s->at, low = 0x80, high = 0xBF;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;

    if (first < 0xC2 || first > 0xF4)
        return false;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    for (s->at++; more > 0; more--, s->at++) {
        if (s->at == s->end || *s->at < low || *s->at > high)
            return false;
        low = 0x80;
        high = 0xBF;
    }
    return true;
}

static bool scan_string(struct scan *s)
{
    if (!scan_take(s, '"'))
        return false;
    while (s->at < s->end && *s->at != '"') {
        if (*s->at < 0x20)
            return false;
        if (*s->at >= 0x80) {
            if (!scan_utf8(s))
                return false;
        } else if (*s->at++ == '\\' && !scan_escape(s)) {
            return false;
        }
    }
    return scan_take(s, '"');
}

static bool scan_member(struct scan *s)
{
    scan_blanks(s);
    if (!scan_string(s))
        return false;
    scan_blanks(s);
    return scan_take(s, ':') && scan_value(s);
}

/* What stands between the brackets, the opening one already taken. */
static bool scan_inside(struct scan *s, char close,
                        bool (*each)(struct scan *s))
{
    bool good;

    scan_blanks(s);
    if (scan_take(s, close))
        return true;
    if (++s->depth > CJSON_NESTING_LIMIT)
        return false;
    do
        good = each(s);
    while (good && scan_take(s, ','));
    s->depth--;
    return good && scan_take(s, close);
}

/* With the blanks on both sides. */
static bool scan_value(struct scan *s)
{
    bool good;

    scan_blanks(s);
    if (scan_take(s, '{'))
        good = scan_inside(s, '}', scan_member);
    else if (scan_take(s, '['))
        good = scan_inside(s, ']', scan_value);
    else if (scan_is(s, '"'))
        good = scan_string(s);
    else if (scan_is(s, 't'))
        good = scan_word(s, "true");
    else if (scan_is(s, 'f'))
        good = scan_word(s, "false");
    else if (scan_is(s, 'n'))
        good = scan_word(s, "null");
    else
        good = scan_number(s);
    if (good)
        scan_blanks(s);
    return good;
}

bool json_scan(const char *data, size_t size, size_t *at)
{
    const unsigned char *begin = (const unsigned char *)data;
    struct scan s = {begin, begin + size, 0};
    bool good = scan_value(&s) && s.at == s.end;

    *at = (size_t)(s.at - begin);
    return good;
}
