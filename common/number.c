#include "common/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct number_unit {
    const char *suffix;
    uint64_t unit;
};

/* From the largest to 1, which number_show takes; then other spellings. */
static const struct number_unit number_units[][13] = {
    [NUMBER_COUNT] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}},
    [NUMBER_SIZE] = {{"G", 1 << 30},
                     {"M", 1 << 20},
                     {"K", 1 << 10},
                     {"", 1},
                     {"k", 1 << 10},
                     {"B", 1},
                     {"KB", 1 << 10},
                     {"MB", 1 << 20},
                     {"GB", 1 << 30},
                     {"KiB", 1 << 10},
                     {"MiB", 1 << 20},
                     {"GiB", 1 << 30}},
    [NUMBER_TIME] = {{"h", UINT64_C(3600000000)},
                     {"m", 60000000},
                     {"s", 1000000},
                     {"ms", 1000},
                     {"us", 1},
                     {"min", 60000000},
                     {"", 1000000}},
};

bool number_read(enum number_kind kind, const char *text, uint64_t *value)
{
    const struct number_unit *unit = number_units[kind];
    uint64_t whole, fraction = 0, scale = 1;
    bool huge;
    char *end;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    whole = strtoull(text, &end, 10);
    huge = errno == ERANGE;
    if (end[0] == '.' && isdigit((unsigned char)end[1]))
        for (end++; isdigit((unsigned char)*end) && scale < 1000000000; end++) {
            fraction = fraction * 10 + (uint64_t)(*end - '0');
            scale *= 10;
        }
    while (unit->suffix != NULL && strcmp(end, unit->suffix) != 0)
        unit++;
    if (unit->suffix == NULL)
        return false;
    if (huge || whole > UINT64_MAX / unit->unit - (fraction != 0)) {
        *value = NUMBER_HUGE;
        return false;
    }
    /* A fraction must come out whole: 1.5K is 1536, 1.5 is no count. */
    if (fraction * unit->unit % scale != 0)
        return false;
    *value = whole * unit->unit + fraction * unit->unit / scale;
    return true;
}

bool number_share(const char *text, double *share)
{
    char *end;
    double value;

    if (*text < '0' || *text > '9')
        return false;
    value = strtod(text, &end);
    if (*end == '%' && end[1] == '\0')
        value /= 100;
    else if (*end != '\0')
        return false;
    if (value > 1e300)
        return false;
    *share = value;
    return true;
}

char *number_show(enum number_kind kind, uint64_t value, char *text,
                  size_t size)
{
    const struct number_unit *unit = number_units[kind];

    while (unit->unit > 1 && (value == 0 || value % unit->unit != 0))
        unit++;
    snprintf(text, size, "%llu%s", (unsigned long long)(value / unit->unit),
             value != 0 ? unit->suffix : "");
    return text;
}

uint64_t number_whole(double value)
{
    static const double end = 18446744073709551616.0; /* 2^64 */

    if (!(value > 0))
        return 0;
    return value < end ? (uint64_t)value : UINT64_MAX;
}

char *number_show_count(uint64_t value, char *text, size_t size)
{
    size_t length;

    if (value < 1000) {
        snprintf(text, size, "%u", (unsigned)value);
        return text;
    }
    number_show_count(value / 1000, text, size);
    length = strlen(text);
    snprintf(text + length, size - length, ",%03u", (unsigned)(value % 1000));
    return text;
}

char *number_show_nearest(double value, char text[32])
{
    return number_show_count(number_whole(round(value)), text, 32);
}

char *number_show_bytes(double bytes, char *text, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    while (fabs(bytes) >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, "%.*f %s", unit == 0 ? 0 : 2, bytes, units[unit]);
    return text;
}

uint64_t random_next(struct random *r)
{
    uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t random_below(struct random *r, uint64_t bound)
{
    return random_next(r) % bound; /* uneven by less than bound / 2^64 */
}
