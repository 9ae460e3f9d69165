/* Where connections go and come from, and what became of an attempt. */
#ifndef IOMODELS_ENDPOINT_H
#define IOMODELS_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#include "common/win.h"
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include "clients/stats.h"

/* A size type that both systems' calls take. */
struct endpoint {
    struct sockaddr_storage address;
    int size; /* 0: none given, let the system choose */
};

enum {
    SOURCES_MAX = 254,
    /* The kernel's port search collapses past about 7,000 connections from
     * one source address, so each gets fewer. */
    SOURCE_CONNECTIONS = 4000,
    /* Where connections are made anew, addresses are there for so many more:
     * each that ended may leave its port in TIME_WAIT. */
    SOURCE_RENEWED = 60000,
    ENDPOINT_TEXT = 64
};

/* How many source addresses connections are spread over, by the dynamic ports
 * of each (0: not known). Half of a narrow range: the rest may be taken or in
 * TIME_WAIT. */
static inline uint64_t sources_wanted(uint64_t connections, uint64_t ports)
{
    uint64_t each = SOURCE_CONNECTIONS, want;

    if (ports != 0 && ports / 2 < each)
        each = ports / 2 > 0 ? ports / 2 : 1;
    want = (connections + each - 1) / each;
    return want > SOURCES_MAX ? SOURCES_MAX : want > 0 ? want : 1;
}

struct sources {
    size_t count; /* >= 1 */
    struct endpoint each[SOURCES_MAX];
};

/* "ADDR:PORT", "[V6]:PORT" or "NAME:PORT". False after one line. */
bool endpoint_parse(const char *text, struct endpoint *endpoint);

/* The address without the port, into text[ENDPOINT_TEXT]; returns it. */
char *endpoint_show(const struct endpoint *endpoint, char *text);

/* The system's error, or 0, of binding to `from` and connecting to `to` (either
 * may have no size). With SOCK_DGRAM nothing is sent and no port is needed. */
uint32_t endpoint_try(int type, const struct endpoint *from,
                      const struct endpoint *to);

/* 127.0.0.0/8 or ::1. */
bool endpoint_is_loopback(const struct endpoint *endpoint);

/* Whether a server accepts connections there; one line if not. */
bool endpoint_answers(const struct endpoint *to);

/* "A,B,...": addresses of this machine, of the target's family; each is tried
 * by binding to it. False after one line. */
bool sources_parse(const char *text, const struct endpoint *target,
                   struct sources *sources);

/* Without a choice of the user's: for a target in 127.0.0.0/8 as many of
 * 127.0.0.x as `connections` need, from another one on in each run (`turn`),
 * since ports may still be in TIME_WAIT; else the system's choice. */
void sources_default(const struct endpoint *target, uint64_t connections,
                     uint64_t turn, struct sources *sources);

/* No more will be sent: FIN. */
void socket_finish(uintptr_t sock);

/* Closes; `abort` by RST. */
void socket_close(uintptr_t sock, bool abort);

/* Whether a socket is connected to itself: where nobody listens on a port of
 * the dynamic range, the system may choose that port as the source. Different
 * addresses of 127.0.0.0/8 need no look at the socket. */
bool connect_to_itself(uintptr_t sock, const struct endpoint *from,
                       const struct endpoint *to);

/* Of a failed attempt, by the system's error, before or after the connection
 * was established. */
enum counter outcome_of(uint32_t error, bool established);

#endif
