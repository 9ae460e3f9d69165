/* Every rule that is only for Wine. On Windows these do nothing. */
#ifndef IOMODELS_WINE_H
#define IOMODELS_WINE_H

#include "server/host.h"

/* A reserve descriptor: a socket held so that a server without a descriptor
 * left can still take a connection, to refuse it; otherwise the connection
 * would wait in the backlog for good. Windows has no such limit. AcceptEx needs
 * none: its sockets were made before. By the thread that accepts alone. */

/* After the listener, before run(). */
void wine_reserve_open(struct host *host);

/* Accepting failed for lack of a descriptor: whether there is one now. */
bool wine_reserve_spend(struct thread_stats *stats);

/* Holds it again, if it was spent. False: there is no descriptor for it, and so
 * none to accept the next connection with. */
bool wine_reserve_hold(struct host *host);

/* How many threads the server may have; 0: as many as the system makes. */
long wine_thread_limit(void);

/* Waits until a thread has set *begun. False when it ended without: near
 * Wine's limits a few do. On Windows a thread that was made runs. */
bool wine_thread_begins(const volatile LONG *begun, HANDLE thread);

/* SystemExtendedHandleInformation: what GetProcessHandleCount would tell, which
 * answers 0 under Wine. */
enum { WINE_HANDLES = 64 };
uint32_t wine_handles(const void *information);

#endif
