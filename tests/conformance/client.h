/* A plain blocking client that checks every byte. Its two directions may be
 * used by two threads at once, each by one. */
#ifndef CONFORMANCE_CLIENT_H
#define CONFORMANCE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include "common/win.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_ENDED,  /* FIN or any error of the socket: the peer left */
    FAULT_SILENT, /* nothing came, or nothing could be sent, in time */
    FAULT_WRONG   /* a byte is not what was sent, or was never sent */
};

struct fault {
    enum fault_kind kind; /* the first one stays */
    char text[224];
};

enum { CLIENT_PATIENCE_MS = 20000 };

struct client {
    SOCKET sock; /* INVALID_SOCKET: closed */
    unsigned number;
    uint64_t seed;           /* of its bytes, by common/pattern.h */
    uint64_t sent, received; /* bytes; received ones are verified */
    uint64_t offered; /* given to send(): one that fails may have sent some */
    struct fault sending, receiving; /* connecting counts as sending */
};

/* All return false, and say why in the fault of that direction, when the peer
 * left, was silent for the client's patience, or a byte was wrong. */
bool client_open(struct client *c, int family); /* a socket, not connected */
bool client_connect(struct client *c, const struct sockaddr_storage *to,
                    int size);
bool client_send(struct client *c, uint64_t bytes);
bool client_receive(struct client *c, uint64_t bytes);
bool client_echo(struct client *c, uint64_t bytes); /* sends, then receives */
bool client_half_close(struct client *c);
/* Receives what is owed, then the FIN, which must come after the last byte. */
bool client_drain(struct client *c);
bool client_finish(struct client *c); /* half-closes, then drains */
/* Receives and verifies until the peer leaves, in whatever way. */
bool client_until_end(struct client *c);

/* One call of a socket that does not block. Ended: the fault says why, but a
 * FIN is none. A receive that is over what was sent is a fault. */
enum client_step { CLIENT_MOVED, CLIENT_WAITS, CLIENT_ENDED };
enum client_step client_try_send(struct client *c, void *scratch,
                                 uint32_t bytes);
enum client_step client_try_receive(struct client *c, void *scratch,
                                    uint32_t most);
bool client_blocking(struct client *c, bool on);
/* Both socket buffers; before connecting, for the window. */
bool client_buffers(struct client *c, int bytes);

void client_close(struct client *c); /* gracefully; twice is once */
void client_reset(struct client *c); /* an RST instead of a FIN */

/* Its fault, the worse of the two; FAULT_NONE when there is none. */
const struct fault *client_fault(const struct client *c);

#endif
