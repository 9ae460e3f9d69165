/* A9: a socket can be used again after DisconnectEx, or TransmitFile or
 * TransmitPackets with TF_DISCONNECT | TF_REUSE_SOCKET, and then be given to
 * AcceptEx. Documented so; TIME_WAIT may hold it back, which is the client's
 * here, since it closes first. Tried as a server would use it: AcceptEx, a byte
 * each way, the disconnect, which the client must see, and all of it again.
 * Under Wine a send fails after DisconnectEx, TransmitFile does not disconnect,
 * and TransmitPackets is missing. */
#include "probe.h"
#include "common/errors.h"

struct reuse {
    SOCKET listener, sock;
    LPFN_ACCEPTEX accept_ex;
    char buffer[2 * ACCEPT_ADDRESS], byte;
    OVERLAPPED io;
    const char *failed; /* the first call that did, with its code */
    uint32_t code;
};

/* Waits for the operation that `ok` tells of. False when it failed. */
static bool reuse_done(struct reuse *r, const char *call, SOCKET sock, bool ok)
{
    DWORD bytes, flags;
    r->failed = call;
    r->code = error_of(ok);
    if (r->code && r->code != WSA_IO_PENDING)
        return false;
    r->code = 0;
    if (!event_wait(r->io.hEvent, PROBE_WAIT_MS / 2)) {
        r->code = WAIT_TIMEOUT;
        CancelIoEx((HANDLE)sock, &r->io); /* or it is done since */
        event_wait(r->io.hEvent, PROBE_WAIT_MS / 2);
    } else if (!WSAGetOverlappedResult(sock, &r->io, &bytes, FALSE, &flags))
        r->code = (uint32_t)WSAGetLastError();
    return r->code == 0;
}

/* A life of the socket: a client connects, a byte goes each way, the client
 * closes its half and the server disconnects. */
static bool reuse_live(struct reuse *r, bool (*leave)(struct reuse *))
{
    WSABUF buffer = {1, &r->byte};
    DWORD bytes, flags = 0;
    SOCKET client = tcp_connect(r->listener);
    if (!reuse_done(r, "AcceptEx", r->listener,
                    r->accept_ex(r->listener, r->sock, r->buffer, 0,
                                 ACCEPT_ADDRESS, ACCEPT_ADDRESS, &bytes,
                                 &r->io)))
        return false;
    must(!setsockopt(r->sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                     (const char *)&r->listener, sizeof r->listener),
         "setsockopt(SO_UPDATE_ACCEPT_CONTEXT)");
    if (!reuse_done(r, "WSASend", r->sock,
                    !WSASend(r->sock, &buffer, 1, NULL, 0, &r->io, NULL)))
        return false;
    tcp_receive(client, &r->byte, 1);
    tcp_send(client, &r->byte, 1);
    must(!shutdown(client, SD_SEND), "shutdown");
    for (int i = 0; i < 2; i++) /* the byte and the end */
        if (!reuse_done(
                r, "WSARecv", r->sock,
                !WSARecv(r->sock, &buffer, 1, NULL, &flags, &r->io, NULL)))
            return false;
    if (!leave(r))
        return false;
    r->failed = "the client's recv of the disconnect";
    r->code = WAIT_TIMEOUT;
    if (!tcp_readable(client, PROBE_WAIT_MS / 5))
        return false;
    tcp_close(client);
    return true;
}

static bool reuse_disconnect(struct reuse *r)
{
    LPFN_DISCONNECTEX disconnect_ex;
    r->failed = "WSAIoctl(WSAID_DISCONNECTEX)";
    r->code = extension_find(r->sock, (GUID)WSAID_DISCONNECTEX, &disconnect_ex);
    return r->code == 0 &&
           reuse_done(r, "DisconnectEx", r->sock,
                      disconnect_ex(r->sock, &r->io, TF_REUSE_SOCKET, 0));
}

static bool reuse_transmit_file(struct reuse *r)
{
    return reuse_done(r, "TransmitFile", r->sock,
                      TransmitFile(r->sock, NULL, 0, 0, &r->io, NULL,
                                   TF_DISCONNECT | TF_REUSE_SOCKET));
}

static bool reuse_transmit_packets(struct reuse *r)
{
    LPFN_TRANSMITPACKETS transmit_packets;
    r->failed = "WSAIoctl(WSAID_TRANSMITPACKETS)";
    r->code =
        extension_find(r->sock, (GUID)WSAID_TRANSMITPACKETS, &transmit_packets);
    return r->code == 0 &&
           reuse_done(r, "TransmitPackets", r->sock,
                      transmit_packets(r->sock, NULL, 0, 0, &r->io,
                                       TF_DISCONNECT | TF_REUSE_SOCKET));
}

static void reuse_try(cJSON *out, const char *name,
                      bool (*leave)(struct reuse *))
{
    /* Not on the stack: an operation that cannot be cancelled outlives this. */
    struct reuse *r = calloc_or_die(1, sizeof *r);
    r->listener = tcp_listen(SOMAXCONN);
    r->sock = tcp_socket();
    r->io.hEvent = event_make();
    r->accept_ex = accept_ex_find(r->listener);
    const bool left = reuse_live(r, leave);
    const bool works = left && reuse_live(r, leave);
    cJSON *found = cJSON_AddObjectToObject(out, name);
    add_bool(found, "disconnected", left);
    add_bool(found, "works", works);
    if (!works) {
        cJSON_AddStringToObject(found, "failed", r->failed);
        add_number(found, "code", r->code);
    }
}

static void reuse_run(cJSON *out, const uint64_t *unused)
{
    (void)unused;
    reuse_try(out, "disconnect_ex", reuse_disconnect);
    reuse_try(out, "transmit_file", reuse_transmit_file);
    reuse_try(out, "transmit_packets", reuse_transmit_packets);
}

const struct probe probe_reuse = {
    .name = "reuse",
    .claims = "A9",
    .summary = "whether a disconnected socket can be accepted with again",
    .run = reuse_run,
};
