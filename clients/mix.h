/* Which connection does what: those of the pattern, and among them, evenly
 * spread, a share of hostile ones. */
#ifndef IOMODELS_MIX_H
#define IOMODELS_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/traffic.h"

enum { MIX_PARTS = 8 };

struct mix {
    const struct traffic *part[MIX_PARTS]; /* the healthy ones first */
    uint32_t healthy, hostile;             /* how many of each; healthy >= 1 */
    double share;                          /* of the connections, hostile */
};

/* `hostile` is "SHARE[:KIND,...]", all kinds by default; or NULL: none. The
 * pattern is a known one. False after one line about a bad `hostile`. */
bool mix_make(struct mix *mix, const char *pattern, const char *hostile);

/* The part that a connection belongs to; *ordinal: which one of it it is. */
uint32_t mix_part(const struct mix *mix, uint64_t connection,
                  uint64_t *ordinal);

/* Hostile ones among so many. */
uint64_t mix_hostile(const struct mix *mix, uint64_t connections);

#endif
