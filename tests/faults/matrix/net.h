/* Non-blocking TCP for one thread, the same on both systems. */
#ifndef IOMODELS_FAULTS_NET_H
#define IOMODELS_FAULTS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "clients/connect.h"

#ifdef _WIN32
#define NET_SOCKET SOCKET
#define NET_NONE   INVALID_SOCKET
#else
#include <poll.h>
enum { NET_NONE = -1 };
#define NET_SOCKET int
#endif

enum { NET_WAIT = -1, NET_ENDED = -2 };

void net_prepare(void);

/* Begins to connect; NET_NONE when that failed at once. receive_buffer 0: the
 * system's own size. */
NET_SOCKET net_connect(const struct endpoint *to, int receive_buffer);

/* Bytes; of net_recv 0 is the peer's FIN; NET_WAIT; NET_ENDED: an error. */
int net_send(NET_SOCKET s, const void *from, size_t size);
int net_recv(NET_SOCKET s, void *to, size_t size);

void net_finish(NET_SOCKET s); /* FIN */
void net_close(NET_SOCKET s, bool abort);

struct net_watch {
    NET_SOCKET sock;
    bool send, recv; /* asked; then whether it can (or ended) */
};

enum { NET_WATCHES = 256 };

/* Waits until one can, at most wait_ms; count <= NET_WATCHES. */
void net_wait(struct net_watch *watches, size_t count, int wait_ms);

#endif
