/* How often each error came: small tables of code and count, exact. */
#ifndef IOMODELS_TALLY_H
#define IOMODELS_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/win.h"

/* Refusals that no system call asked for; bit 29 marks codes that are not the
 * system's. */
enum refused { REFUSED_LIMIT = 0x20000001, REFUSED_STOPPING = 0x20000002 };

/* "WSAECONNRESET", "connection_limit", "stopping". Static. */
const char *tally_name(DWORD code);

struct tally_entry {
    DWORD code;
    uint64_t count;
};

enum { TALLY_SMALL = 6 };
struct tally {
    uint32_t used;
    struct tally_entry entry[TALLY_SMALL];
};

/* False when the code is new and the table is full: empty it into a sum. */
bool tally_add(struct tally *t, DWORD code);

/* All names Windows and Winsock have for a socket's troubles fit; what ever
 * goes beyond is still counted, as `other`. */
enum { TALLY_LARGE = 96 };
struct tally_sum {
    uint32_t used;
    struct tally_entry entry[TALLY_LARGE];
    uint64_t other;
};

void tally_sum_add(struct tally_sum *sum, DWORD code, uint64_t count);

/* Moves the counts of t into sum. */
void tally_fold(struct tally_sum *sum, struct tally *t);

#endif
