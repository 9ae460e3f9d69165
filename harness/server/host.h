/* The server process: all that the parts below model.h share. */
#ifndef IOMODELS_HOST_H
#define IOMODELS_HOST_H

#include "model.h"
#include "server/slots.h"
#include "server/workers.h"

enum { HOST_AS_IS = INT32_MAX }; /* a size that nobody asked for */

struct host_options {
    uint32_t nodelay;        /* 0 or 1 */
    uint32_t sndbuf, rcvbuf; /* bytes, or HOST_AS_IS */
    uint32_t backlog;        /* 1 .. 65535 */
    bool guard;              /* slots_open */
};

struct host {
    struct server srv; /* first: it is what models point to */
    const struct io_model *model;
    struct host_options options;
    struct slots slots;
    struct workers workers;
    volatile LONG stopping; /* set before srv.stop_event */
    bool spares;            /* spare.h: */
    SOCKET spare;           /* INVALID_SOCKET while it is spent */
    int64_t started_ns;
};

static inline struct host *host_of(struct server *srv)
{
    return (struct host *)srv;
}

#endif
