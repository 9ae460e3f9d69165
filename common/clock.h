/* Monotonic time in nanoseconds, for intervals only; never goes back. */
#ifndef IOMODELS_CLOCK_H
#define IOMODELS_CLOCK_H

#include <stdint.h>

int64_t clock_ns(void);

/* Wall clock, UTC, as 2026-11-22T14:18:16.123Z. */
enum { CLOCK_ISO_SIZE = 25 };
void clock_iso(char text[CLOCK_ISO_SIZE]);

/* The same for names of files: 20261122T141816123Z. */
void clock_stamp(char text[CLOCK_ISO_SIZE]);

void clock_sleep_ms(uint32_t ms);

#endif
