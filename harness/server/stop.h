/* Stopping: asked for once, by whoever comes first; then the knock on the
 * listener, and a watch over a model that does not come back. */
#ifndef IOMODELS_STOP_H
#define IOMODELS_STOP_H

#include "server/host.h"

enum stop_by { STOP_NOT, STOP_BY_WORD, STOP_BY_EOF, STOP_BY_CONSOLE };

enum { STOP_LIMIT_MS = 20000, EXIT_STUCK = 70 };

/* Makes srv->stop_event, and the first knock's socket ahead: there may be no
 * descriptor left when it is needed. After the listener. Dies on failure. */
void stop_open(struct host *host);

/* From any thread; false when somebody has asked before. */
bool stop_request(struct host *host, enum stop_by by);
enum stop_by stop_asked(void);

/* By the one whose request came first: knocks again and again until run() has
 * returned; ends the process with code 70 and an error line when it has not
 * after STOP_LIMIT_MS. */
void stop_knock(struct host *host);

/* run() has returned: waits until the knocks are over. When nobody asked it to
 * return, this ends the process the same way. */
void stop_done(const struct host *host);

/* Whether an accepted socket is one of the harness's own knocks. */
bool stop_is_knock(const struct host *host, SOCKET accepted);

#endif
