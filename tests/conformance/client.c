#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include "common/errors.h"
#include "common/pattern.h"

enum { CLIENT_PIECE = 16384 };

static bool client_blame(struct client *c, struct fault *fault,
                         enum fault_kind kind, const char *format, ...)
{
    va_list args;
    int used;
    if (fault->kind != FAULT_NONE)
        return false;
    fault->kind = kind;
    used = snprintf(fault->text, sizeof fault->text, "client %u: ", c->number);
    va_start(args, format);
    vsnprintf(fault->text + used, sizeof fault->text - (size_t)used, format,
              args);
    va_end(args);
    return false;
}

static bool client_failed(struct client *c, struct fault *fault,
                          const char *what, uint64_t at)
{
    DWORD code = (DWORD)WSAGetLastError();
    char text[128];
    /* Wine may report an elapsed SO_RCVTIMEO as would-block. */
    bool late = code == WSAETIMEDOUT || code == WSAEWOULDBLOCK;
    return client_blame(c, fault, late ? FAULT_SILENT : FAULT_ENDED,
                        "%s at byte %llu: %s (%lu): %s", what,
                        (unsigned long long)at, error_name(code),
                        (unsigned long)code,
                        error_text(code, text, sizeof text));
}

static bool client_set(struct client *c, int level, int name, int value)
{
    return !setsockopt(c->sock, level, name, (const char *)&value,
                       sizeof value) ||
           client_failed(c, &c->sending, "setsockopt", (uint64_t)name);
}

bool client_blocking(struct client *c, bool on)
{
    u_long yes = !on;
    return !ioctlsocket(c->sock, (long)FIONBIO, &yes) ||
           client_failed(c, &c->sending, "ioctlsocket(FIONBIO)", 0);
}

bool client_buffers(struct client *c, int bytes)
{
    return client_set(c, SOL_SOCKET, SO_RCVBUF, bytes) &&
           client_set(c, SOL_SOCKET, SO_SNDBUF, bytes);
}

bool client_open(struct client *c, int family)
{
    /* Timeouts work only on overlapped sockets, as the documentation says. */
    c->sock = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (c->sock == INVALID_SOCKET)
        return client_failed(c, &c->sending, "WSASocket", 0);
    return client_set(c, IPPROTO_TCP, TCP_NODELAY, 1) &&
           client_set(c, SOL_SOCKET, SO_RCVTIMEO, CLIENT_PATIENCE_MS) &&
           client_set(c, SOL_SOCKET, SO_SNDTIMEO, CLIENT_PATIENCE_MS);
}

bool client_connect(struct client *c, const struct sockaddr_storage *to,
                    int size)
{
    if (c->sock == INVALID_SOCKET && !client_open(c, to->ss_family))
        return false;
    if (connect(c->sock, (const struct sockaddr *)to, size))
        return client_failed(c, &c->sending, "connect", 0);
    return true;
}

static int client_piece(uint64_t bytes)
{
    return bytes < CLIENT_PIECE ? (int)bytes : CLIENT_PIECE;
}

/* Are these the next bytes that were sent? */
static bool client_verify(struct client *c, const char *piece, size_t size)
{
    size_t right = pattern_match(piece, size, c->seed, c->received);
    c->received += right;
    if (right < size)
        return client_blame(
            c, &c->receiving, FAULT_WRONG, "byte %llu came back as %u, not %u",
            (unsigned long long)c->received, (unsigned)(uint8_t)piece[right],
            (unsigned)pattern_byte(c->seed, c->received));
    return true;
}

/* Receives up to max bytes and verifies them; 0 is the peer's FIN. */
static bool client_take(struct client *c, int max, int *got)
{
    char piece[CLIENT_PIECE];
    *got = recv(c->sock, piece, max, 0);
    if (*got < 0)
        return client_failed(c, &c->receiving, "recv", c->received);
    return client_verify(c, piece, (size_t)*got);
}

static enum client_step client_stepped(struct client *c, struct fault *fault,
                                       const char *what, uint64_t at)
{
    if (WSAGetLastError() == WSAEWOULDBLOCK)
        return CLIENT_WAITS;
    client_failed(c, fault, what, at);
    return CLIENT_ENDED;
}

enum client_step client_try_send(struct client *c, void *scratch,
                                 uint32_t bytes)
{
    int sent;
    pattern_fill(scratch, bytes, c->seed, c->sent);
    c->offered = c->sent + bytes;
    sent = send(c->sock, scratch, (int)bytes, 0);
    if (sent < 0)
        return client_stepped(c, &c->sending, "send", c->sent);
    c->sent += (uint64_t)sent;
    return CLIENT_MOVED;
}

enum client_step client_try_receive(struct client *c, void *scratch,
                                    uint32_t most)
{
    int got = recv(c->sock, scratch, (int)most, 0);
    if (got < 0)
        return client_stepped(c, &c->receiving, "recv", c->received);
    if (got == 0)
        return CLIENT_ENDED;
    if (c->received + (uint64_t)got > c->offered)
        client_blame(c, &c->receiving, FAULT_WRONG,
                     "%llu bytes came back, only %llu were sent",
                     (unsigned long long)c->received + (unsigned)got,
                     (unsigned long long)c->offered);
    else if (client_verify(c, scratch, (size_t)got))
        return CLIENT_MOVED;
    return CLIENT_ENDED;
}

bool client_send(struct client *c, uint64_t bytes)
{
    const uint64_t end = c->sent + bytes;
    char piece[CLIENT_PIECE];
    while (c->sent < end)
        switch (
            client_try_send(c, piece, (uint32_t)client_piece(end - c->sent))) {
        case CLIENT_MOVED:
            break;
        case CLIENT_WAITS:
            return client_failed(c, &c->sending, "send", c->sent);
        case CLIENT_ENDED:
            return false;
        }
    return true;
}

bool client_receive(struct client *c, uint64_t bytes)
{
    while (bytes) {
        int got;
        if (!client_take(c, client_piece(bytes), &got))
            return false;
        if (!got)
            return client_blame(c, &c->receiving, FAULT_ENDED,
                                "FIN after byte %llu, %llu are missing",
                                (unsigned long long)c->received,
                                (unsigned long long)bytes);
        bytes -= (uint64_t)got;
    }
    return true;
}

bool client_echo(struct client *c, uint64_t bytes)
{
    return client_send(c, bytes) && client_receive(c, bytes);
}

bool client_half_close(struct client *c)
{
    if (shutdown(c->sock, SD_SEND))
        return client_failed(c, &c->sending, "shutdown", c->sent);
    return true;
}

bool client_drain(struct client *c)
{
    int got;
    if (!client_receive(c, c->sent - c->received))
        return false;
    if (!client_take(c, 1, &got))
        return false;
    if (got)
        return client_blame(c, &c->receiving, FAULT_WRONG,
                            "a surplus byte after all %llu",
                            (unsigned long long)c->sent);
    return true;
}

bool client_finish(struct client *c)
{
    return client_half_close(c) && client_drain(c);
}

bool client_until_end(struct client *c)
{
    int got;
    do {
        if (!client_take(c, CLIENT_PIECE, &got))
            return c->receiving.kind == FAULT_ENDED;
    } while (got);
    return true;
}

void client_close(struct client *c)
{
    if (c->sock != INVALID_SOCKET)
        closesocket(c->sock);
    c->sock = INVALID_SOCKET;
}

void client_reset(struct client *c)
{
    struct linger hard = {1, 0};
    if (c->sock == INVALID_SOCKET)
        return;
    if (setsockopt(c->sock, SOL_SOCKET, SO_LINGER, (const char *)&hard,
                   sizeof hard))
        client_failed(c, &c->sending, "setsockopt(SO_LINGER)", c->sent);
    client_close(c);
}

const struct fault *client_fault(const struct client *c)
{
    return c->sending.kind > c->receiving.kind ? &c->sending : &c->receiving;
}
