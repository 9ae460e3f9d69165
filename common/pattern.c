#include "common/pattern.h"

#include <string.h>

/* Byte k of word i is byte k (little-endian) of fold(seed + i * STEP), which is
 * another word for each i: a few instructions for eight bytes, so that making
 * and checking a message costs less than copying it through a socket. */
#define PATTERN_STEP       UINT64_C(0x9e3779b97f4a7c15)
#define PATTERN_MULTIPLIER UINT64_C(0xd6e8feb86659fd93)

static uint64_t pattern_fold(uint64_t x)
{
    return x ^ x >> 32;
}

static uint64_t pattern_mix(uint64_t x)
{
    return pattern_fold(pattern_fold(x) * PATTERN_MULTIPLIER);
}

uint64_t pattern_seed(uint64_t run, uint64_t index)
{
    return pattern_mix(pattern_mix(run + PATTERN_STEP) +
                       (index + 1) * PATTERN_MULTIPLIER);
}

uint8_t pattern_byte(uint64_t seed, uint64_t offset)
{
    uint64_t word = pattern_fold(seed + offset / 8 * PATTERN_STEP);

    return (uint8_t)(word >> 8 * (offset % 8));
}

void pattern_fill(void *to, size_t bytes, uint64_t seed, uint64_t offset)
{
    uint8_t *out = to;
    size_t at = 0, words;
    uint64_t x, word;

    for (; at < bytes && (offset + at) % 8 != 0; at++)
        out[at] = pattern_byte(seed, offset + at);
    x = seed + (offset + at) / 8 * PATTERN_STEP;
    words = at + (bytes - at) / 8 * 8;
    for (; at < words; at += 8, x += PATTERN_STEP) {
        word = pattern_fold(x);
        memcpy(out + at, &word, 8);
    }
    for (; at < bytes; at++)
        out[at] = pattern_byte(seed, offset + at);
}

size_t pattern_match(const void *data, size_t bytes, uint64_t seed,
                     uint64_t offset)
{
    const uint8_t *in = data;
    size_t at = 0, words;
    uint64_t x, word;

    while (at < bytes && (offset + at) % 8 != 0 &&
           in[at] == pattern_byte(seed, offset + at))
        at++;
    x = seed + (offset + at) / 8 * PATTERN_STEP;
    words = (offset + at) % 8 == 0 ? at + (bytes - at) / 8 * 8 : 0;
    for (; at < words; at += 8, x += PATTERN_STEP) {
        memcpy(&word, in + at, 8);
        if (word != pattern_fold(x))
            break;
    }
    while (at < bytes && in[at] == pattern_byte(seed, offset + at))
        at++;
    return at;
}
