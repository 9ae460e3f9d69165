/* What the system tells of a process, and does to it. */
#ifndef CONFORMANCE_OUTSIDE_H
#define CONFORMANCE_OUTSIDE_H

#include <stdint.h>
#include "common/win.h"

struct resources {
    uint32_t threads, handles;
};

/* All die when the system refuses. */
struct resources resources_count(HANDLE process);

/* Hold a process still, so that what happens to its sockets meanwhile finds it
 * all at once when it goes on: a full backlog, a peer that came and left. Every
 * freeze needs its thaw. Threads that begin meanwhile are not held: for a
 * server at rest. */
void freeze(HANDLE process);
void thaw(HANDLE process);

#endif
