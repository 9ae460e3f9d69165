/* What a process holds, counted from outside by the system. */
#ifndef CONFORMANCE_RESOURCES_H
#define CONFORMANCE_RESOURCES_H

#include <stdbool.h>
#include <stdint.h>
#include "common/win.h"

struct resources {
    uint32_t threads, handles;
};

/* Dies when the system does not tell. */
struct resources resources_count(HANDLE process);

bool resources_wine(void); /* whether this is Wine */

#endif
