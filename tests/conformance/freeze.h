/* Holds a process still, so that what happens to its sockets meanwhile finds
 * it all at once when it goes on: a full backlog, a peer that came and left. */
#ifndef CONFORMANCE_FREEZE_H
#define CONFORMANCE_FREEZE_H

#include "common/win.h"

/* Both die when the system refuses. Every freeze needs its thaw. */
void freeze(HANDLE process);
void thaw(HANDLE process);

#endif
