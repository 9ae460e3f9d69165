#include "lab/lab.h"

const struct lab_experiment lab_X15 = {
    .id = "X15",
    .group = "more",
    .claim = "ReadFile and WriteFile work on sockets.",
    .source = LAB_TIME,
    .rounds = 1,
    .parts = {{"They do", LAB_UNTRIED,
               .why = "A probe of ReadFile and WriteFile on a socket."}},
    .today =
        "They do for a socket that is overlapped and has no layered service "
        "provider in the way; WSARecv and WSASend take several buffers.",
};
