/* What machine this is. */
#ifndef IOMODELS_MACHINE_H
#define IOMODELS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

/* Active processors of all groups; at least 1. */
uint32_t machine_processors(void);

/* Those of them that this process may run on; at least 1. */
uint32_t machine_usable_processors(void);

/* Whether this is Wine. */
bool machine_is_wine(void);

/* The `machine` object of PROTOCOL.md; reasons of what cannot be told go to
 * `unknown`. Takes tens of milliseconds on Windows, which has to ask netsh. */
cJSON *machine_json(cJSON *unknown);

#endif
