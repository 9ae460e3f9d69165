/* Worker processes that make attempts side by side: most of a case is
 * waiting. */
#ifndef IOMODELS_FAULTS_CREW_H
#define IOMODELS_FAULTS_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>
#include "common/words.h"

enum { CREW_MOST = 16 };

/* Asked for the next case (NULL: no more for now; the caller's to keep `id`),
 * told the facts of one. */
struct crew_work {
    cJSON *(*next)(void *arg, size_t *id);
    void (*done)(void *arg, size_t id, const cJSON *facts);
    void *arg;
};

/* `words` start a worker. Until none is left. False: interrupted, or a worker
 * could not be started or was lost, after one line. */
bool crew_run(const struct words *words, size_t jobs,
              const struct crew_work *work);

#endif
