/* Numbers as people write them. Each parser takes the whole text or nothing:
 * true, or false with *value untouched; except that a number which does not
 * fit leaves NUMBER_HUGE there, since it is another mistake than "x". */
#ifndef IOMODELS_NUMBER_H
#define IOMODELS_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_HUGE UINT64_MAX
enum number_kind {
    NUMBER_COUNT, /* 4000, 4k */
    NUMBER_SIZE,  /* in bytes: 4096, 4K, 1M (1024) */
    NUMBER_TIME   /* in microseconds: 5s, 200ms, 3m, 40us; a bare number: s */
};
bool number_read(enum number_kind kind, const char *text, uint64_t *value);
bool number_share(const char *text, double *share); /* 5%, 0.05 */

/* As it would be typed, exact: "100ms", "24h"; "4K", "1G". Into text[size];
 * returns it. */
char *number_show(enum number_kind kind, uint64_t value, char *text,
                  size_t size);

/* The whole part, and where there is no such uint64_t the nearest one; 0 for
 * what is no number. A plain cast is undefined there. */
uint64_t number_whole(double value);

/* For people: "12,345", "1.50 MiB" into text[size]; returns it. */
char *number_show_count(uint64_t value, char *text, size_t size);
char *number_show_bytes(double bytes, char *text, size_t size);

/* The nearest whole number, so, for printf: the text is there until the end of
 * the block. */
#define NUMBER_SHOWN(value) number_show_nearest(value, (char[32]){""})
char *number_show_nearest(double value, char text[32]);

/* A small seeded generator (SplitMix64) for orders, seeds and resampling. */
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *r);
uint64_t random_below(struct random *r, uint64_t bound);

#endif
