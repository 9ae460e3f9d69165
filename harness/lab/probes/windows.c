/* X3: with WSAAsyncSelect each socket needs a window of its own. Documented is
 * that the message names the socket (wParam), so that one window will do. */
#include "probe.h"
#include "common/errors.h"

enum { WINDOWS_SOCKETS };

static void windows_run(cJSON *out, const uint64_t *option)
{
    const uint32_t sockets = (uint32_t)option[WINDOWS_SOCKETS];
    SOCKET(*end)[2] = calloc_or_die(sockets, sizeof *end);
    uint32_t heard = 0;
    HWND window = window_make();
    MSG message;
    char byte;

    for (uint32_t i = 0; i < sockets; i++) {
        tcp_pair(end[i]);
        must(!WSAAsyncSelect(end[i][1], window, WM_USER, FD_READ),
             "WSAAsyncSelect");
    }
    for (uint32_t i = 0; i < sockets; i++)
        tcp_send(end[i][0], "", 1);
    while (heard < sockets && window_take(window, &message, PROBE_WAIT_MS))
        heard += recv((SOCKET)message.wParam, &byte, 1, 0) == 1;
    add_number(out, "sockets", sockets);
    add_number(out, "windows", 1);
    add_number(out, "sockets_heard", heard);
}

const struct probe probe_windows = {
    .name = "windows",
    .claims = "X3",
    .summary = "one window for all sockets of WSAAsyncSelect",
    .options = {{"--sockets", 64, 1, 1000, "connections [64]"}},
    .run = windows_run,
};
