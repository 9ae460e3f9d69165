#include "clients/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/errors.h"
#include "common/machine.h"
#include "common/number.h"

#ifdef _WIN32
#define SHUT_WR SD_SEND
typedef SOCKET endpoint_socket;
#else
#include <arpa/inet.h>
#include <netdb.h>
#include <unistd.h>
#define closesocket    close
#define INVALID_SOCKET (-1)
typedef int endpoint_socket;
#endif

char *endpoint_show(const struct endpoint *endpoint, char *text)
{
    if (getnameinfo((const struct sockaddr *)&endpoint->address,
                    (socklen_t)endpoint->size, text, ENDPOINT_TEXT, NULL, 0,
                    NI_NUMERICHOST) != 0)
        snprintf(text, ENDPOINT_TEXT, "any");
    return text;
}

bool endpoint_is_loopback(const struct endpoint *endpoint)
{
    const struct sockaddr_in *v4 =
        (const struct sockaddr_in *)&endpoint->address;
    const struct sockaddr_in6 *v6 =
        (const struct sockaddr_in6 *)&endpoint->address;

    return v4->sin_family == AF_INET ? ntohl(v4->sin_addr.s_addr) >> 24 == 127
                                     : IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

uint32_t endpoint_try(int type, const struct endpoint *from,
                      const struct endpoint *to)
{
    const struct sockaddr *source = (const struct sockaddr *)&from->address;
    const struct sockaddr *target = (const struct sockaddr *)&to->address;
    int family = to->size != 0 ? target->sa_family : source->sa_family;
    endpoint_socket sock = socket(family, type, 0);
    uint32_t error = 0;

    if (sock == INVALID_SOCKET)
        return error_last();
#ifndef _WIN32 /* Windows itself gives up after 21 s */
    struct timeval most = {.tv_sec = 10};
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
#endif
    if ((from->size != 0 && bind(sock, source, (socklen_t)from->size) != 0) ||
        (to->size != 0 && connect(sock, target, (socklen_t)to->size) != 0))
        error = error_last();
    closesocket(sock);
    return error;
}

bool endpoint_answers(const struct endpoint *to)
{
    uint32_t error = endpoint_try(SOCK_STREAM, &(struct endpoint){0}, to);
    char address[ENDPOINT_TEXT], why[256];

    if (error != 0)
        complain("--target: %s does not answer: error %lu (%s): %s",
                 endpoint_show(to, address), (unsigned long)error,
                 error_name(error), error_text(error, why, sizeof why));
    return error == 0;
}

/* Of several addresses the first that answers is kept; if none does, the last.
 */
static bool endpoint_resolve(const char *host, const char *port, int family,
                             int flags, struct endpoint *endpoint)
{
    struct addrinfo hints = {
        .ai_flags = flags, .ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found, *each;

    *endpoint = (struct endpoint){0};
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    for (each = found;; each = each->ai_next) {
        memcpy(&endpoint->address, each->ai_addr, (size_t)each->ai_addrlen);
        endpoint->size = (int)each->ai_addrlen;
        if (each->ai_next == NULL || endpoint_answers(endpoint))
            break;
    }
    freeaddrinfo(found);
    return true;
}

bool endpoint_parse(const char *text, struct endpoint *endpoint)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    uint64_t port = 0;
    char host[256];

    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (colon != NULL && memchr(text, ':', length) != NULL) {
        colon = NULL; /* a bare IPv6 address: where does the port begin? */
    }
    if (colon == NULL || length == 0 || length >= sizeof host ||
        !number_read(NUMBER_COUNT, colon + 1, &port) || port < 1 ||
        port > 65535) {
        complain("--target: '%s' is not ADDRESS:PORT with a port from 1 to "
                 "65535, such as 127.0.0.1:5000 or [::1]:5000",
                 text);
        return false;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    if (endpoint_resolve(host, colon + 1, AF_UNSPEC, 0, endpoint))
        return true;
    complain("--target: no address is known for '%s'; check the name or give "
             "a numeric address",
             host);
    return false;
}

bool sources_parse(const char *text, const struct endpoint *target,
                   struct sources *sources)
{
    const int family = target->address.ss_family;
    char one[ENDPOINT_TEXT], why[256];

    sources->count = 0;
    for (bool more = true; more; sources->count++) {
        struct endpoint *source = &sources->each[sources->count];
        size_t length = strcspn(text, ",");
        uint32_t error;

        if (sources->count == SOURCES_MAX) {
            complain("--local-addresses: more than %d addresses; give fewer",
                     SOURCES_MAX);
            return false;
        }
        snprintf(one, sizeof one, "%.*s", (int)length, text);
        if (!endpoint_resolve(one, NULL, family, AI_NUMERICHOST, source)) {
            complain("--local-addresses: '%s' is not a numeric address of the "
                     "target's family; give a list such as "
                     "127.0.0.1,127.0.0.2",
                     one);
            return false;
        }
        /* Wine lets datagrams come from any address. */
        error = endpoint_try(SOCK_STREAM, source, &(struct endpoint){0});
        if (error != 0) {
            complain("--local-addresses: cannot bind to %s: error %lu (%s): "
                     "%s; give addresses that this machine has",
                     one, (unsigned long)error, error_name(error),
                     error_text(error, why, sizeof why));
            return false;
        }
        more = text[length] != '\0';
        text += length + 1;
    }
    return true;
}

void sources_default(const struct endpoint *target, uint64_t connections,
                     uint64_t turn, struct sources *sources)
{
    uint32_t first, range = 0;

    sources->count = 1;
    sources->each[0] = (struct endpoint){0};
    if (target->address.ss_family != AF_INET || !endpoint_is_loopback(target))
        return;
    proc_ports(&first, &range);
    sources->count = (size_t)sources_wanted(connections, range);
    for (size_t i = 0; i < sources->count; i++) {
        struct sockaddr_in in = {.sin_family = AF_INET};

        in.sin_addr.s_addr =
            htonl(0x7f000001u + (uint32_t)((turn + i) % SOURCES_MAX));
        sources->each[i] = (struct endpoint){.size = (int)sizeof in};
        memcpy(&sources->each[i].address, &in, sizeof in);
    }
}

void socket_finish(uintptr_t sock)
{
    shutdown((endpoint_socket)sock, SHUT_WR);
}

void socket_close(uintptr_t sock, bool abort)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};

    if (abort)
        setsockopt((endpoint_socket)sock, SOL_SOCKET, SO_LINGER,
                   (const char *)&reset, sizeof reset);
    closesocket((endpoint_socket)sock);
}

static uint32_t endpoint_v4(const struct endpoint *endpoint)
{
    return ((const struct sockaddr_in *)&endpoint->address)->sin_addr.s_addr;
}

bool connect_to_itself(uintptr_t sock, const struct endpoint *from,
                       const struct endpoint *to)
{
    struct sockaddr_storage local = {0}, peer = {0};
    socklen_t local_size = sizeof local, peer_size = sizeof peer;
    endpoint_socket s = (endpoint_socket)sock;

    if (from->address.ss_family == AF_INET && endpoint_is_loopback(from) &&
        endpoint_is_loopback(to) && endpoint_v4(from) != endpoint_v4(to))
        return false;
    return getsockname(s, (struct sockaddr *)&local, &local_size) == 0 &&
           getpeername(s, (struct sockaddr *)&peer, &peer_size) == 0 &&
           local_size == peer_size && memcmp(&local, &peer, sizeof local) == 0;
}

#ifdef _WIN32
#define SOCKET_ERROR_OF(name) WSAE##name
#else
#define SOCKET_ERROR_OF(name) E##name
#endif

static const struct {
    uint32_t error;
    enum counter outcome;
} endpoint_errors[] = {
    {SOCKET_ERROR_OF(CONNREFUSED), OUTCOME_REFUSED},
    {SOCKET_ERROR_OF(TIMEDOUT), OUTCOME_TIMED_OUT},
    {SOCKET_ERROR_OF(CONNRESET), OUTCOME_RESET},
    {SOCKET_ERROR_OF(CONNABORTED), OUTCOME_RESET},
    {SOCKET_ERROR_OF(NETRESET), OUTCOME_RESET},
    {SOCKET_ERROR_OF(NOBUFS), OUTCOME_NO_BUFFERS},
    {SOCKET_ERROR_OF(ADDRINUSE), OUTCOME_NO_PORTS},
    {SOCKET_ERROR_OF(ADDRNOTAVAIL), OUTCOME_NO_PORTS},
    {SOCKET_ERROR_OF(MFILE), OUTCOME_NO_FILES},
    {SOCKET_ERROR_OF(NETUNREACH), OUTCOME_UNREACHABLE},
    {SOCKET_ERROR_OF(HOSTUNREACH), OUTCOME_UNREACHABLE},
    {SOCKET_ERROR_OF(HOSTDOWN), OUTCOME_UNREACHABLE},
    {SOCKET_ERROR_OF(NETDOWN), OUTCOME_UNREACHABLE},
#ifdef _WIN32
    {ERROR_NOT_ENOUGH_MEMORY, OUTCOME_NO_BUFFERS},
    {ERROR_NO_SYSTEM_RESOURCES, OUTCOME_NO_BUFFERS},
#else
    {EPIPE, OUTCOME_RESET},
    {ENOMEM, OUTCOME_NO_BUFFERS},
    {ENOSPC, OUTCOME_NO_BUFFERS},
    {ENFILE, OUTCOME_NO_FILES},
#endif
};

enum counter outcome_of(uint32_t error, bool established)
{
    enum counter outcome = OUTCOME_OTHER;

    for (size_t i = 0; i < sizeof endpoint_errors / sizeof *endpoint_errors;
         i++)
        if (endpoint_errors[i].error == error)
            outcome = endpoint_errors[i].outcome;
    /* The connection was there, so it was the service that did not come. */
    if (established && outcome == OUTCOME_TIMED_OUT)
        return OUTCOME_UNSERVED;
    return outcome;
}
