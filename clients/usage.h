/* What this process costs and what it runs on. */
#ifndef IOMODELS_USAGE_H
#define IOMODELS_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>

struct usage {
    uint64_t user_us, kernel_us; /* of this process */
    uint64_t working_set_bytes;
    uint64_t system_busy_us, system_idle_us; /* all processors */
    /* Linux only: time that threads were ready and waited for a processor, and
     * that a host took from all processors. */
    bool scheduler;
    uint64_t run_delay_us, steal_us;
};
void usage_take(struct usage *usage);

/* Processors that this process may use. */
uint32_t usage_processors(void);

/* "machine" of the ready line; what cannot be told is null, and `unknown`
 * gets the reason under its name. */
cJSON *usage_machine(cJSON *unknown);

#endif
