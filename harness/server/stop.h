/* Stopping: the first request counts. Then a wake-up connection
 * to the listener, for a loop that sleeps in accept(), and a watch over a model
 * that does not come back. */
#ifndef IOMODELS_STOP_H
#define IOMODELS_STOP_H

#include "server/host.h"

enum stop_by { STOP_NOT, STOP_BY_WORD, STOP_BY_EOF, STOP_BY_CONSOLE };

enum { STOP_LIMIT_S = 20, EXIT_STUCK = 70 };

/* Makes srv->stop_event, and the first wake-up connection's socket ahead: there
 * may be no descriptor left when it is needed. After the listener. Dies on
 * failure. */
void stop_open(struct host *host);

/* From any thread; false when the stop was requested before. */
bool stop_request(struct host *host, enum stop_by by);
const char *stop_reason(void); /* "stop", "eof", "console"; NULL: none */

/* By the thread whose request came first: makes wake-up connections until run()
 * has returned; ends the process with code 70 and an error line when it has not
 * after STOP_LIMIT_S. */
void stop_wake(struct host *host);

/* run() has returned: waits until the wake-up connections are over. When there
 * was no request to stop, this ends the process the same way. */
void stop_done(const struct host *host);

/* Whether an accepted socket is one of the harness's wake-up connections. */
bool stop_is_wake_up(const struct host *host, SOCKET accepted);

#endif
