#include "common/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits with an optional fraction, times `unit`. */
static bool number_scaled(const char *text, size_t length, uint64_t unit,
                          uint64_t *value)
{
    uint64_t whole = 0, fraction = 0, scale = 1;
    bool huge = false, point = false;

    if (length == 0 || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (size_t at = 0; at < length; at++) {
        uint64_t digit = (uint64_t)(text[at] - '0');

        if (text[at] == '.' && !point) {
            point = true;
        } else if (text[at] < '0' || text[at] > '9' || scale >= 1000000000) {
            return false;
        } else if (point) {
            fraction = fraction * 10 + digit;
            scale *= 10;
        } else {
            huge = huge || whole > (UINT64_MAX - digit) / 10;
            whole = whole * 10 + digit;
        }
    }
    if (huge || whole > UINT64_MAX / unit - (fraction != 0)) {
        *value = NUMBER_HUGE;
        return false;
    }
    /* A fraction must come out whole: 1.5K is 1536, 1.5 is no count. */
    if (fraction != 0 &&
        (unit > UINT64_MAX / fraction || fraction * unit % scale != 0))
        return false;
    *value = whole * unit + fraction * unit / scale;
    return true;
}

struct number_unit {
    const char *suffix;
    uint64_t unit;
};

/* The table goes from the longest suffix to the empty one. */
static bool number_with_unit(const char *text, const struct number_unit *units,
                             uint64_t *value)
{
    size_t length = strlen(text);

    for (;; units++) {
        size_t suffix = strlen(units->suffix);

        if (suffix < length &&
            strcmp(text + length - suffix, units->suffix) == 0)
            return number_scaled(text, length - suffix, units->unit, value);
        if (suffix == 0)
            return false;
    }
}

bool number_count(const char *text, uint64_t *value)
{
    static const struct number_unit units[] = {
        {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"", 1}};

    return number_with_unit(text, units, value);
}

bool number_size(const char *text, uint64_t *bytes)
{
    static const struct number_unit units[] = {
        {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1 << 10},
        {"MB", 1 << 20},  {"GB", 1 << 30},  {"k", 1 << 10},   {"K", 1 << 10},
        {"M", 1 << 20},   {"G", 1 << 30},   {"B", 1},         {"", 1}};

    return number_with_unit(text, units, bytes);
}

bool number_time(const char *text, uint64_t *us)
{
    static const struct number_unit units[] = {
        {"us", 1},      {"ms", 1000},    {"min", 60000000},
        {"s", 1000000}, {"m", 60000000}, {"h", UINT64_C(3600000000)},
        {"", 1000000}};

    return number_with_unit(text, units, us);
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

static char *number_type(uint64_t value, const struct number_unit *units,
                         char *text, size_t size)
{
    /* Nothing goes by any unit; the last one is 1. */
    while (units->unit > 1 && (value == 0 || value % units->unit != 0))
        units++;
    snprintf(text, size, "%llu%s", (unsigned long long)(value / units->unit),
             value != 0 ? units->suffix : "");
    return text;
}

char *number_type_time(uint64_t us, char *text, size_t size)
{
    static const struct number_unit units[] = {{"h", UINT64_C(3600000000)},
                                               {"m", 60000000},
                                               {"s", 1000000},
                                               {"ms", 1000},
                                               {"us", 1}};

    return number_type(us, units, text, size);
}

char *number_type_size(uint64_t bytes, char *text, size_t size)
{
    static const struct number_unit units[] = {
        {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}};

    return number_type(bytes, units, text, size);
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
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu",
                                     (unsigned long long)value);
    size_t out = 0;

    for (size_t at = 0; at < length && out + 2 < size; at++) {
        if (at > 0 && (length - at) % 3 == 0)
            text[out++] = ',';
        text[out++] = digits[at];
    }
    text[out] = '\0';
    return text;
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

char *number_show_seconds(double seconds, char *text, size_t size)
{
    if (seconds < 1)
        snprintf(text, size, "%.0f ms", seconds * 1000);
    else if (seconds < 60)
        snprintf(text, size, "%.1f s", seconds);
    else if (seconds < 3600)
        snprintf(text, size, "%d m %02d s", (int)seconds / 60,
                 (int)seconds % 60);
    else
        snprintf(text, size, "%.0f h %02d m", floor(seconds / 3600),
                 (int)fmod(seconds, 3600) / 60);
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
    /* 2^64 mod bound values at the bottom would be over-represented. */
    uint64_t reject = (0 - bound) % bound, x;

    do
        x = random_next(r);
    while (x < reject);
    return x % bound;
}
