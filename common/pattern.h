/* The bytes of a connection: a function of its seed and the stream offset, so
 * that a lost, repeated, swapped or foreign byte is seen wherever it is. No
 * table, no state: any piece can be made or checked on its own. */
#ifndef IOMODELS_PATTERN_H
#define IOMODELS_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* The seed of a connection: `run` is the run's seed, `index` its number. */
uint64_t pattern_seed(uint64_t run, uint64_t index);

void pattern_fill(void *to, size_t bytes, uint64_t seed, uint64_t offset);

/* Returns how many leading bytes agree: `bytes` when all do. */
size_t pattern_match(const void *data, size_t bytes, uint64_t seed,
                     uint64_t offset);

/* The byte at an offset, for messages. */
uint8_t pattern_byte(uint64_t seed, uint64_t offset);

#endif
