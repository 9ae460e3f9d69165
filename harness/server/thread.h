/* Threads, and how many the harness knows of. */
#ifndef IOMODELS_THREAD_H
#define IOMODELS_THREAD_H

#include "model.h"

/* The harness's own threads: room for printing JSON. */
enum { THREAD_STACK = 64 * 1024, THREAD_STACK_HARNESS = 256 * 1024 };

/* thread_start with another stack; the same errors. */
HANDLE thread_start_with(LPTHREAD_START_ROUTINE run, void *arg, unsigned stack);

/* Threads started here that have not ended: costs one load. */
long thread_count(void);

#endif
