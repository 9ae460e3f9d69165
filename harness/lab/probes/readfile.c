/* X15: ReadFile and WriteFile work on sockets. Documented: a socket is a handle
 * of the file system, unless a layered provider without IFS handles made it.
 * Round trips in turns with WSARecv and WSASend; the client is the same. */
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"
#include <string.h>

enum { READFILE_REPEATS };
enum { READFILE_BYTES = 64 };

static bool readfile_read(SOCKET sock, char *data, DWORD bytes, OVERLAPPED *io)
{
    return ReadFile((HANDLE)sock, data, bytes, NULL, io);
}

static bool readfile_write(SOCKET sock, char *data, DWORD bytes, OVERLAPPED *io)
{
    return WriteFile((HANDLE)sock, data, bytes, NULL, io);
}

static bool readfile_recv(SOCKET sock, char *data, DWORD bytes, OVERLAPPED *io)
{
    WSABUF buffer = {bytes, data};
    DWORD flags = 0;
    return !WSARecv(sock, &buffer, 1, NULL, &flags, io, NULL);
}

static bool readfile_send(SOCKET sock, char *data, DWORD bytes, OVERLAPPED *io)
{
    WSABUF buffer = {bytes, data};
    return !WSASend(sock, &buffer, 1, NULL, 0, io, NULL);
}

typedef bool readfile_call(SOCKET sock, char *data, DWORD bytes,
                           OVERLAPPED *io);

static void readfile_move(readfile_call *call, const char *name, SOCKET sock,
                          char *data, HANDLE event)
{
    for (DWORD done = 0, bytes; done < READFILE_BYTES; done += bytes) {
        OVERLAPPED io = {.hEvent = event};
        must(call(sock, data + done, READFILE_BYTES - done, &io) ||
                 GetLastError() == ERROR_IO_PENDING,
             name);
        if (!event_wait(event, PROBE_WAIT_MS))
            probe_fail(name, WAIT_TIMEOUT);
        must(GetOverlappedResult((HANDLE)sock, &io, &bytes, FALSE), name);
        if (bytes == 0)
            probe_fail(name, ERROR_HANDLE_EOF);
    }
}

static double readfile_round_us(bool files, SOCKET end[2], HANDLE event,
                                uint32_t *wrong)
{
    char sent[READFILE_BYTES], data[READFILE_BYTES], back[READFILE_BYTES];
    const int64_t begin_ns = clock_ns();
    memset(sent, (int)(begin_ns / 100 & 0x7F), sizeof sent);
    tcp_send(end[0], sent, sizeof sent);
    readfile_move(files ? readfile_read : readfile_recv,
                  files ? "ReadFile" : "WSARecv", end[1], data, event);
    readfile_move(files ? readfile_write : readfile_send,
                  files ? "WriteFile" : "WSASend", end[1], data, event);
    tcp_receive(end[0], back, sizeof back);
    *wrong += memcmp(sent, back, sizeof sent) != 0;
    return (double)(clock_ns() - begin_ns) / 1000;
}

static void readfile_run(cJSON *out, const uint64_t *option)
{
    const uint32_t repeats = (uint32_t)option[READFILE_REPEATS];
    double *us[2] = {calloc_or_die(repeats, sizeof **us),
                     calloc_or_die(repeats, sizeof **us)};
    uint32_t wrong = 0;
    SOCKET end[2];
    HANDLE event = event_make();
    tcp_pair(end);
    for (uint32_t i = 0; i < repeats; i++)
        for (uint32_t turn = i; turn < i + 2; turn++)
            us[turn % 2][i] =
                readfile_round_us(turn % 2 == 0, end, event, &wrong);
    add_number(out, "repeats", repeats);
    add_number(out, "message_bytes", READFILE_BYTES);
    add_number(out, "wrong_messages", wrong);
    add_number(out, "readfile_us", median(us[0], repeats));
    add_number(out, "wsarecv_us", median(us[1], repeats));
}

const struct probe probe_readfile = {
    .name = "readfile",
    .claims = "X15",
    .summary = "ReadFile and WriteFile on a socket, against WSARecv, WSASend",
    .options = {{"--repeats", 500, 1, 5000, "round trips of each [500]"}},
    .run = readfile_run,
};
