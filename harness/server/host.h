/* The server process: what the parts below model.h share. */
#ifndef IOMODELS_HOST_H
#define IOMODELS_HOST_H

#include "model.h"
#include "server/slots.h"
#include "server/stats.h"

enum { HOST_AS_IS = INT32_MAX }; /* a buffer size left to the system */

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
    struct stats stats;
    volatile LONG stopping; /* set before srv.stop_event */
    bool has_reserve;       /* under Wine: wine.h */
    SOCKET reserve;         /* INVALID_SOCKET while it is spent */
    int64_t started_ns;
};

static inline struct host *host_of(struct server *srv)
{
    return (struct host *)srv;
}

/* Address space for the connections that srv and options ask for. False with
 * GetLastError(). */
bool host_open(struct host *host, size_t conn_size);
void host_close(struct host *host);

/* The program, with its arguments in UTF-8, which main would get in whatever
 * the system's code page can hold of them. Returns the exit code, or ends the
 * process. */
int server_main(int argc, char **argv);

#endif
