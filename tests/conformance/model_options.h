/* What `--list --json` says of the model under test. */
#ifndef CONFORMANCE_MODEL_OPTIONS_H
#define CONFORMANCE_MODEL_OPTIONS_H

#include <stdint.h>

enum { MODEL_OPTIONS_MAX = 8, MODEL_OPTIONS_NAME = 32 };

struct tuned_option {
    char name[MODEL_OPTIONS_NAME]; /* of --tune */
    uint32_t preset, low, high;
};

struct model_options {
    uint32_t max_threads; /* UINT32_MAX: as requested */
    uint32_t count;
    struct tuned_option option[MODEL_OPTIONS_MAX];
};

/* Asks the server at `path` once, then remembers. Fails the case when it lacks
 * `model`. */
const struct model_options *model_options_of(const char *path,
                                             const char *model);

#endif
