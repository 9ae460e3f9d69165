/* The server's command line. */
#ifndef IOMODELS_OPTIONS_H
#define IOMODELS_OPTIONS_H

#include "server/listener.h"

enum options_result { OPTIONS_SERVE, OPTIONS_DONE, OPTIONS_BAD };

/* Fills host (model, settings) and the address; lists models itself. */
enum options_result options_read(int argc, char **argv, struct host *host,
                                 struct listener_address *address,
                                 uint32_t *sample_ms);

/* The tuning in force, by name. */
cJSON *options_tuning(const struct host *host);

#endif
