/* The load generator: many connections, every byte checked, every attempt and
 * every connection accounted for. harness/PROTOCOL.md "iomodels load" says
 * what it reads and writes. */
#ifndef IOMODELS_LOAD_H
#define IOMODELS_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

/* Threads without --threads: half of the processors that the load generator may
 * use, since the server needs the others, and no more than connections. */
uint64_t load_threads(uint64_t processors, uint64_t connections);

/* Runs to the end and reports, with options->threads set: 0, EXIT_BAD_RUN when
 * a byte was wrong (or, for people, when nobody was connected), EXIT_BAD_INPUT
 * (after one line) when the options cannot be met here, 70 when its counters
 * disagree (an internal error). */
int load_run(const struct option_values *options);

#endif
