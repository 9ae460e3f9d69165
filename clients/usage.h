/* What this process costs. */
#ifndef IOMODELS_USAGE_H
#define IOMODELS_USAGE_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
