/* The listening socket, and socket options as they really are. */
#include "common/json_lines.h"
#include "server/host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* A plain backlog above this is cut to it, unless given as a hint. */
    LISTENER_PLAIN_BACKLOG = 200,
    LISTENER_WAIT_MS = 2000,  /* for a connection to ourselves */
    LISTENER_TAKEN_MS = 3000, /* for a port to become free */
    LISTENER_AGAIN_MS = 100
};

static void listener_describe(struct listener_address *a)
{
    if (getnameinfo((const struct sockaddr *)&a->at, a->length, a->text,
                    sizeof a->text, NULL, 0, NI_NUMERICHOST) != 0)
        die("getnameinfo");
    a->port = ntohs(*address_port(&a->at));
}

/* Returns what is wrong, or NULL. */
static const char *listener_read_text(const char *text,
                                      struct listener_address *address)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    char host[LISTENER_TEXT];
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        length = 0; /* a bare IPv6 address: where does the port begin? */
    }
    if (length == 0 || length >= sizeof host)
        return "not ADDRESS:PORT";
    memcpy(host, text, length);
    host[length] = '\0';
    const char *digits = colon + 1;
    const size_t count = strspn(digits, "0123456789");
    const unsigned long port = strtoul(digits, NULL, 10);
    if (count < 1 || count > 5 || digits[count] != '\0' || port > UINT16_MAX)
        return "the port must be a number from 0 to 65535";
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0 || !found)
        return "the address is not numeric";
    memcpy(&address->at, found->ai_addr, found->ai_addrlen);
    address->length = (int)found->ai_addrlen;
    freeaddrinfo(found);
    *address_port(&address->at) = htons((uint16_t)port);
    return NULL;
}

bool listener_parse(const char *text, struct listener_address *address)
{
    *address = (struct listener_address){.length = 0};
    const char *wrong = listener_read_text(text, address);
    if (wrong)
        json_lines_error(
            true, 0,
            "give a numeric address and a port, such as 127.0.0.1:5000, "
            "[::1]:5000 or 0.0.0.0:0 (0: any free port)",
            "--listen %.200s: %s", text, wrong);
    return !wrong;
}

bool listener_is_loopback(const struct listener_address *a)
{
    if (a->at.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->at;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->at;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static bool listener_set(SOCKET s, int level, int name, uint32_t value)
{
    int number = (int)value;
    return setsockopt(s, level, name, (const char *)&number, sizeof number) ==
           0;
}

bool listener_set_options(const struct host_options *o, SOCKET s)
{
    return listener_set(s, IPPROTO_TCP, TCP_NODELAY, o->nodelay) &&
           (o->sndbuf == HOST_AS_IS ||
            listener_set(s, SOL_SOCKET, SO_SNDBUF, o->sndbuf)) &&
           (o->rcvbuf == HOST_AS_IS ||
            listener_set(s, SOL_SOCKET, SO_RCVBUF, o->rcvbuf));
}

static const char *listener_hint(int error)
{
    switch (error) {
    case WSAEADDRINUSE:
        return "another program has this port: choose another, or 0 for any "
               "free one";
    case WSAEACCES:
        return "the port is taken exclusively or reserved (netsh int ipv4 show "
               "excludedportrange tcp): choose another, or 0 for any free one";
    case WSAEADDRNOTAVAIL:
        return "this machine has no such address: use 127.0.0.1, or 0.0.0.0 "
               "for all it has";
    case WSAEAFNOSUPPORT:
        return "this machine has no such protocol: use an IPv4 address";
    case WSAENOBUFS:
        return "choose smaller --sndbuf and --rcvbuf";
    default:
        return "choose another address and port";
    }
}

/* The buffer sizes have to be there before listen(): the window scale is
 * agreed upon in the SYN. */
static bool listener_prepare(SOCKET s, const struct host *host,
                             const struct listener_address *a)
{
    /* V6ONLY is Windows' default; Linux below Wine has the other. */
    return listener_set(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1) &&
           (a->at.ss_family != AF_INET6 ||
            listener_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
           listener_set_options(&host->options, s);
}

/* SOMAXCONN itself would be a few hundred. More takes
 * SOMAXCONN_HINT, a negative number, which not every SDK has. */
static int listener_backlog(uint32_t count)
{
    return count <= LISTENER_PLAIN_BACKLOG ? (int)count : -(int)count;
}

static SOCKET listener_make(const struct host *host,
                            const struct listener_address *a)
{
    SOCKET s = WSASocketW(a->at.ss_family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT |
                              host->model->listener_flags);
    if (s == INVALID_SOCKET)
        return s;
    if (listener_prepare(s, host, a) &&
        bind(s, (const struct sockaddr *)&a->at, a->length) == 0 &&
        listen(s, listener_backlog(host->options.backlog)) == 0)
        return s;
    int error = WSAGetLastError();
    closesocket(s);
    WSASetLastError(error);
    return INVALID_SOCKET;
}

bool listener_open(struct host *host)
{
    struct listener_address *a = &host->address;
    listener_describe(a);
    SOCKET s = listener_make(host, a);
    int error = WSAGetLastError();
    /* The last connections of an earlier server may hold the port a moment. */
    for (int ms = 0; s == INVALID_SOCKET && a->port != 0 &&
                     (error == WSAEADDRINUSE || error == WSAEACCES) &&
                     ms < LISTENER_TAKEN_MS;
         ms += LISTENER_AGAIN_MS) {
        Sleep(LISTENER_AGAIN_MS);
        s = listener_make(host, a);
        error = WSAGetLastError();
    }
    if (s == INVALID_SOCKET) {
        bool v6 = a->at.ss_family == AF_INET6;
        json_lines_error(true, (uint32_t)error, listener_hint(error),
                         "cannot listen on %s%s%s:%u", v6 ? "[" : "", a->text,
                         v6 ? "]" : "", a->port);
        return false;
    }
    a->length = sizeof a->at;
    if (getsockname(s, (struct sockaddr *)&a->at, &a->length) != 0)
        die("getsockname");
    listener_describe(a);
    host->srv.listener = s;
    host->srv.family = a->at.ss_family;
    return true;
}

int listener_local(SOCKET listener, struct sockaddr_storage *at)
{
    int length = sizeof *at;
    memset(at, 0, sizeof *at);
    if (getsockname(listener, (struct sockaddr *)at, &length) != 0)
        die("getsockname");
    if (at->ss_family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)at;
        if (v4->sin_addr.s_addr == htonl(INADDR_ANY))
            v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)at;
        if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
            v6->sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
    }
    return length;
}

/* --- socket options as they really are ---------------------------------- */

static void listener_read(SOCKET s, int level, int name, const char *key,
                          bool flag, cJSON *options)
{
    /* Zero first: Wine writes one byte for flags. */
    int value = 0, length = sizeof value;
    if (getsockopt(s, level, name, (char *)&value, &length) != 0)
        cJSON_AddNullToObject(options, key);
    else if (flag)
        cJSON_AddBoolToObject(options, key, value != 0);
    else
        json_add_count(options, key, (uint64_t)value);
}

/* A connection to ourselves. INVALID_SOCKET when loopback does not work, which
 * is no reason not to serve. */
static SOCKET listener_read_pair(SOCKET listener, SOCKET client)
{
    struct sockaddr_storage at;
    int length = listener_local(listener, &at);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    /* A reset at the end: no TIME_WAIT for a port that may be wanted. */
    setsockopt(client, SOL_SOCKET, SO_LINGER, (const char *)&reset,
               sizeof reset);
    WSAPOLLFD wait = {.fd = listener, .events = POLLRDNORM};
    if (connect(client, (struct sockaddr *)&at, length) != 0 ||
        WSAPoll(&wait, 1, LISTENER_WAIT_MS) != 1)
        return INVALID_SOCKET;
    return accept(listener, NULL, NULL);
}

/* From a pair of sockets made for the purpose. */
cJSON *listener_read_back(const struct host *host, cJSON *unknown)
{
    cJSON *options = cJSON_CreateObject();
    struct listener_address twin = host->address; /* with a port of its own */
    *address_port(&twin.at) = 0;
    SOCKET listener = listener_make(host, &twin);
    SOCKET client = WSASocketW(host->srv.family, SOCK_STREAM, IPPROTO_TCP, NULL,
                               0, WSA_FLAG_NO_HANDLE_INHERIT);
    SOCKET accepted = INVALID_SOCKET;
    if (listener != INVALID_SOCKET && client != INVALID_SOCKET)
        accepted = listener_read_pair(listener, client);
    if (accepted != INVALID_SOCKET &&
        !listener_set_options(&host->options, accepted)) {
        closesocket(accepted);
        accepted = INVALID_SOCKET;
    }
    listener_read(accepted, IPPROTO_TCP, TCP_NODELAY, "nodelay", true, options);
    listener_read(accepted, SOL_SOCKET, SO_SNDBUF, "sndbuf_bytes", false,
                  options);
    listener_read(accepted, SOL_SOCKET, SO_RCVBUF, "rcvbuf_bytes", false,
                  options);
    listener_read(accepted, SOL_SOCKET, SO_KEEPALIVE, "keepalive", true,
                  options);
    if (accepted == INVALID_SOCKET)
        cJSON_AddStringToObject(
            unknown, "socket",
            "the server could not connect to itself to read them");
    listener_read(host->srv.listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                  "exclusive", true, options);
    json_add_count(options, "backlog", host->options.backlog);
    closesocket(client);
    closesocket(accepted);
    closesocket(listener);
    return options;
}

bool sockets_are_files(struct server *srv)
{
    WSAPROTOCOL_INFOW info = {0};
    int size = sizeof info;
    int failed = getsockopt(srv->listener, SOL_SOCKET, SO_PROTOCOL_INFOW,
                            (char *)&info, &size);
    return stats_check(srv->stats, !failed) &&
           (info.dwServiceFlags1 & XP1_IFS_HANDLES);
}
