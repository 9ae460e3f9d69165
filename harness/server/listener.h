/* The listening socket, and socket options as they really are. */
#ifndef IOMODELS_LISTENER_H
#define IOMODELS_LISTENER_H

#include "server/host.h"
#include <cJSON.h>

enum { LISTENER_TEXT = 64 };

struct listener_address {
    struct sockaddr_storage at;
    int length;
    char text[LISTENER_TEXT]; /* without the port */
    uint16_t port;
};

/* "127.0.0.1:5000", "[::1]:0": numeric, port 0 for any free one. False after
 * one line of error. */
bool listener_parse(const char *text, struct listener_address *address);

/* Opens, binds and listens; *address is read back. False after an error line
 * that names the address, the error and the remedy. */
bool listener_open(struct host *host, struct listener_address *address);

bool listener_is_loopback(const struct listener_address *address);

/* In network order. */
static inline uint16_t *address_port(struct sockaddr_storage *at)
{
    return at->ss_family == AF_INET ? &((struct sockaddr_in *)at)->sin_port
                                    : &((struct sockaddr_in6 *)at)->sin6_port;
}

/* Where this machine itself reaches the listener: a wildcard address becomes
 * the loopback one. Returns the length. */
int listener_local(SOCKET listener, struct sockaddr_storage *at);

/* Sets nodelay and buffer sizes; false with WSAGetLastError(). */
bool listener_set_options(const struct host_options *options, SOCKET s);

/* The options of an accepted socket, which need not have its listener's, as
 * they read back from a pair of sockets made for the purpose; why they are not
 * known goes to `unknown`. */
cJSON *listener_read_back(const struct host *host,
                          const struct listener_address *address,
                          cJSON *unknown);

#endif
