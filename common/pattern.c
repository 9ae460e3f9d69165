#include "common/pattern.h"

#include <string.h>

/* Byte k of word i is byte k (little-endian) of mix(seed + i * STEP): one
 * multiplication for eight bytes, so that making and checking a message costs
 * less than copying it through a socket. */
#define PATTERN_STEP       UINT64_C(0x9e3779b97f4a7c15)
#define PATTERN_MULTIPLIER UINT64_C(0xd6e8feb86659fd93)

static uint64_t pattern_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= PATTERN_MULTIPLIER;
    return x ^ x >> 32;
}

static uint64_t pattern_word(uint64_t seed, uint64_t index)
{
    return pattern_mix(seed + index * PATTERN_STEP);
}

uint64_t pattern_seed(uint64_t run, uint64_t index)
{
    return pattern_mix(pattern_mix(run + PATTERN_STEP) +
                       (index + 1) * PATTERN_MULTIPLIER);
}

uint8_t pattern_byte(uint64_t seed, uint64_t offset)
{
    return (uint8_t)(pattern_word(seed, offset / 8) >> 8 * (offset % 8));
}

void pattern_fill(void *to, size_t bytes, uint64_t seed, uint64_t offset)
{
    uint8_t *out = to, *end = out + bytes;
    uint64_t state;

    for (; out < end && offset % 8 != 0; offset++)
        *out++ = pattern_byte(seed, offset);
    state = seed + offset / 8 * PATTERN_STEP;
    for (; end - out >= 8; out += 8, offset += 8) {
        uint64_t word = pattern_mix(state);

        state += PATTERN_STEP;
        memcpy(out, &word, 8);
    }
    for (; out < end; offset++)
        *out++ = pattern_byte(seed, offset);
}

size_t pattern_match(const void *data, size_t bytes, uint64_t seed,
                     uint64_t offset)
{
    const uint8_t *in = data;
    size_t at = 0;
    uint64_t state, word;
    size_t words;

    while (at < bytes && (offset + at) % 8 != 0 &&
           in[at] == pattern_byte(seed, offset + at))
        at++;
    state = seed + (offset + at) / 8 * PATTERN_STEP;
    words = (offset + at) % 8 == 0 ? (bytes - at) / 8 : 0;
    for (; words > 0; words--, at += 8) {
        memcpy(&word, in + at, 8);
        if (word != pattern_mix(state))
            break;
        state += PATTERN_STEP;
    }
    while (at < bytes && in[at] == pattern_byte(seed, offset + at))
        at++;
    return at;
}
