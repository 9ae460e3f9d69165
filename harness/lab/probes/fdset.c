/* M3: FD_SETSIZE is 64 unless it is raised before the headers; a set holds a
 * count and an array, so select() ignores nfds. Documented so. */
#include <winsock2.h> /* before all others, as where a program sets nothing */
#include "probe.h"
#include "common/errors.h"

enum { FDSET_SOCKETS };

/* An fd_set with more room, as the headers make it for a larger FD_SETSIZE. */
struct fdset_large {
    u_int count;
    SOCKET sock[];
};

static void fdset_run(cJSON *out, const uint64_t *option)
{
    const uint32_t sockets = (uint32_t)option[FDSET_SOCKETS];
    struct timeval wait = {.tv_sec = PROBE_WAIT_MS / 1000};
    SOCKET end[2] = {INVALID_SOCKET, INVALID_SOCKET};
    struct fdset_large *set =
        calloc_or_die(1, sizeof *set + sockets * sizeof *set->sock);

    for (set->count = 0; set->count < sockets; set->count++) {
        tcp_pair(end);
        set->sock[set->count] = end[1];
    }
    tcp_send(end[0], "", 1); /* the last one alone is readable */
    const int ready = select(0, (fd_set *)(void *)set, NULL, NULL, &wait);
    must(ready >= 0, "select");
    add_number(out, "usual_fd_setsize", FD_SETSIZE);
    add_number(out, "usual_set_bytes", sizeof(fd_set));
    add_number(out, "sockets_in_set", sockets);
    add_number(out, "nfds", 0);
    add_number(out, "ready", ready);
    add_bool(out, "found_last", set->count == 1 && set->sock[0] == end[1]);
}

const struct probe probe_fdset = {
    .name = "fdset",
    .claims = "M3",
    .summary = "FD_SETSIZE, larger sets, and nfds",
    .options = {{"--sockets", 100, 1, 1000, "sockets in one set [100]"}},
    .run = fdset_run,
};
