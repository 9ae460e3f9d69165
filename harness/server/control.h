/* Standard input's words, and the console's Ctrl+C. */
#ifndef IOMODELS_CONTROL_H
#define IOMODELS_CONTROL_H

#include "server/host.h"

/* Starts the thread that reads standard input; its end is a stop. */
void control_start(struct host *host);

/* run() has returned and all is written: a console that is being closed need
 * not wait any longer. */
void control_done(void);

#endif
