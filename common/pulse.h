/* How long this process was held up: stopped, paused with its machine, or
 * without a processor. One of its threads means to wake every PULSE_MS; when it
 * comes PULSE_LATE_MS late or more and the process has used next to no
 * processor time meanwhile, it was held up for so long. A process that comes
 * late by its own work, as one with thousands of threads does, was not. */
#ifndef IOMODELS_PULSE_H
#define IOMODELS_PULSE_H

#include <stdint.h>

enum {
    PULSE_MS = 20,
    PULSE_LATE_MS = 50 /* Windows wakes a thread up to 15.6 ms late */
};

/* At each waking; one thread at a time. The first call begins the count.
 * Returns the microseconds of all hold-ups so far. */
uint64_t pulse_beat(void);

/* The time until the next beat does not count: the thread did something else.
 */
void pulse_pause(void);

#endif
