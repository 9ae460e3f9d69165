/* Socket options as they really are: of an accepted socket, which need not
 * have its listener's. */
#include "server/listener.h"
#include "common/jsonl.h"

enum { SOCKOPTS_WAIT_MS = 2000 };

static void sockopts_read(SOCKET s, int level, int name, const char *key,
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
static SOCKET sockopts_accept(SOCKET listener, SOCKET client)
{
    struct sockaddr_storage at;
    int length = listener_local(listener, &at);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    u_long on = 1;
    /* A reset at the end: no TIME_WAIT for a port that somebody may want. */
    setsockopt(client, SOL_SOCKET, SO_LINGER, (const char *)&reset,
               sizeof reset);
    if (ioctlsocket(client, (long)FIONBIO, &on) != 0 ||
        ioctlsocket(listener, (long)FIONBIO, &on) != 0)
        return INVALID_SOCKET;
    (void)connect(client, (struct sockaddr *)&at, length);
    WSAPOLLFD wait = {.fd = listener, .events = POLLRDNORM};
    if (WSAPoll(&wait, 1, SOCKOPTS_WAIT_MS) != 1)
        return INVALID_SOCKET;
    return accept(listener, NULL, NULL);
}

static void sockopts_fill(SOCKET accepted, cJSON *options)
{
    sockopts_read(accepted, IPPROTO_TCP, TCP_NODELAY, "nodelay", true, options);
    sockopts_read(accepted, SOL_SOCKET, SO_SNDBUF, "sndbuf_bytes", false,
                  options);
    sockopts_read(accepted, SOL_SOCKET, SO_RCVBUF, "rcvbuf_bytes", false,
                  options);
    sockopts_read(accepted, SOL_SOCKET, SO_KEEPALIVE, "keepalive", true,
                  options);
}

cJSON *sockopts_read_back(const struct host *host,
                          const struct listener_address *address,
                          cJSON *unknown)
{
    cJSON *options = cJSON_CreateObject();
    SOCKET listener = listener_twin(host, address);
    SOCKET client = WSASocketW(address->at.ss_family, SOCK_STREAM, IPPROTO_TCP,
                               NULL, 0, WSA_FLAG_NO_HANDLE_INHERIT);
    SOCKET accepted = INVALID_SOCKET;
    if (listener != INVALID_SOCKET && client != INVALID_SOCKET)
        accepted = sockopts_accept(listener, client);
    if (accepted != INVALID_SOCKET &&
        !conn_options_set(&host->options, accepted)) {
        closesocket(accepted);
        accepted = INVALID_SOCKET;
    }
    sockopts_fill(accepted, options);
    if (accepted == INVALID_SOCKET)
        cJSON_AddStringToObject(unknown, "socket",
                                "no connection to our own address could be "
                                "made to read them from");
    sockopts_read(host->srv.listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                  "exclusive", true, options);
    json_add_count(options, "backlog", host->options.backlog);
    closesocket(client);
    closesocket(accepted);
    closesocket(listener);
    return options;
}
