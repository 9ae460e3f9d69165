#include "lab/lab.h"

const struct lab_experiment lab_X15 = {
    .id = "X15",
    .title = "ReadFile works on sockets",
    .group = "more",
    .claim = "ReadFile and WriteFile work on sockets.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"500 round trips", .words = "probe readfile"}},
    .parts = {{"Every byte arrives", LAB_EQUALS, "/wrong_messages", .limit = 0},
              {"They are as fast as WSARecv and WSASend", LAB_ALIKE,
               "/readfile_us", .over = "/wsarecv_us", .margin = 0.1}},
    .today =
        "They do for a socket that is overlapped and has no layered service "
        "provider in the way; WSARecv and WSASend take several buffers.",
};
