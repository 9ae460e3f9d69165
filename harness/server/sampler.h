/* Measures at every tick and at marks, and writes what it found. */
#ifndef IOMODELS_SAMPLER_H
#define IOMODELS_SAMPLER_H

#include "server/metrics.h"

/* Measures once, for the reasons of what is unknown. Samples wait for
 * sampler_begin: the first line is not a sample. */
void sampler_open(struct host *host, uint32_t sample_ms, cJSON *unknown);
void sampler_begin(void);

/* Samples until the server stops: join it before the last line. */
HANDLE sampler_start(void);

/* A sample now, from any thread. `mark`: its name, or NULL. */
void sampler_sample(const char *mark);

/* The line behind all others; by the caller of run(). */
void sampler_final(const char *stopped_by);

#endif
