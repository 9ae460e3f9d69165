/* A socket held for bad times, so that under Wine a server without a
 * descriptor left can still take a connection, to refuse it: what it cannot
 * accept waits in the backlog for nobody. Not for AcceptEx, whose sockets were
 * made before. Windows has no such limit: there none is held.
 * By the thread that accepts alone. */
#ifndef IOMODELS_SPARE_H
#define IOMODELS_SPARE_H

#include "server/host.h"

/* After the listener, before run(). */
void spare_open(struct host *host, bool wanted);

/* Accepting failed for lack of a descriptor: whether there is one now. */
bool spare_spend(struct worker *w);

/* Holds it again, if it was spent. False: there is no descriptor for it, which
 * is to say none to accept the next with. */
bool spare_hold(struct host *host);

#endif
