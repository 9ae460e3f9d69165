/* A8: AcceptEx called through mswsock.lib asks WSAIoctl for the function's
 * pointer each time, so fetch that once. Documented: programs get the pointer
 * at run time by SIO_GET_EXTENSION_FUNCTION_POINTER. Median times of three
 * calls in turns: by a pointer fetched before, by one fetched each time, by the
 * library; and of the look-up alone. Wine's mswsock.dll keeps the pointer. */
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"

enum { POINTER_REPEATS };
enum { POINTER_CACHED, POINTER_LOOKED_UP, POINTER_LIBRARY, POINTER_WAYS };

static BOOL WINAPI pointer_look_up(SOCKET listener, SOCKET sock, void *buffer,
                                   DWORD data, DWORD local, DWORD remote,
                                   DWORD *bytes, OVERLAPPED *io)
{
    return accept_ex_find(listener)(listener, sock, buffer, data, local, remote,
                                    bytes, io);
}

static double pointer_time(LPFN_ACCEPTEX accept_ex, SOCKET listener,
                           HANDLE port)
{
    static struct pending_accept a;
    DWORD bytes;
    a.io = (OVERLAPPED){0};
    a.sock = tcp_socket();
    const int64_t begin_ns = clock_ns();
    const bool done = accept_ex(listener, a.sock, a.buffer, 0, ACCEPT_ADDRESS,
                                ACCEPT_ADDRESS, &bytes, &a.io);
    const double ns = (double)(clock_ns() - begin_ns);
    must(done || WSAGetLastError() == WSA_IO_PENDING, "AcceptEx");
    must(CancelIoEx((HANDLE)listener, &a.io), "CancelIoEx");
    if (!port_take(port, PROBE_WAIT_MS).io)
        probe_fail("AcceptEx, cancelled", WAIT_TIMEOUT);
    tcp_close(a.sock);
    return ns;
}

static void pointer_run(cJSON *out, const uint64_t *option)
{
    const uint32_t repeats = (uint32_t)option[POINTER_REPEATS];
    SOCKET listener = tcp_listen(SOMAXCONN);
    HANDLE port = port_make();
    const LPFN_ACCEPTEX way[POINTER_WAYS] = {
        [POINTER_CACHED] = accept_ex_find(listener),
        [POINTER_LOOKED_UP] = pointer_look_up,
        [POINTER_LIBRARY] = AcceptEx};
    double *ns[POINTER_WAYS], *look_up_ns;
    for (uint32_t w = 0; w < POINTER_WAYS; w++)
        ns[w] = calloc_or_die(repeats, sizeof **ns);
    look_up_ns = calloc_or_die(repeats, sizeof *look_up_ns);

    port_add(port, listener, 0);
    for (uint32_t i = 0; i < repeats; i++) {
        for (uint32_t w = 0; w < POINTER_WAYS; w++) {
            const uint32_t turn = (i + w) % POINTER_WAYS;
            ns[turn][i] = pointer_time(way[turn], listener, port);
        }
        const int64_t begin_ns = clock_ns();
        accept_ex_find(listener);
        look_up_ns[i] = (double)(clock_ns() - begin_ns);
    }
    add_number(out, "repeats", repeats);
    add_number(out, "cached_ns", median(ns[POINTER_CACHED], repeats));
    add_number(out, "looked_up_ns", median(ns[POINTER_LOOKED_UP], repeats));
    add_number(out, "library_ns", median(ns[POINTER_LIBRARY], repeats));
    add_number(out, "look_up_ns", median(look_up_ns, repeats));
}

const struct probe probe_pointer = {
    .name = "pointer",
    .claims = "A8",
    .summary = "AcceptEx by pointer, by a look-up each time, by mswsock.lib",
    .options = {{"--repeats", 1000, 1, 10000, "calls of each kind [1000]"}},
    .run = pointer_run,
};
