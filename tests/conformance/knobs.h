/* What `--list --json` tells of the model under test. */
#ifndef CONFORMANCE_KNOBS_H
#define CONFORMANCE_KNOBS_H

#include <stdint.h>

enum { KNOBS_MAX = 8, KNOBS_NAME = 32 };

struct knob {
    char name[KNOBS_NAME]; /* of --tune */
    uint32_t preset, low, high;
};

struct knobs {
    uint32_t max_threads; /* UINT32_MAX: as asked */
    uint32_t count;
    struct knob knob[KNOBS_MAX];
};

/* Asks the server at `path` once, then remembers. Fails the case when it does
 * not tell of `model`. */
const struct knobs *knobs_of(const char *path, const char *model);

#endif
