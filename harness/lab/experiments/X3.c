#include "lab/lab.h"

const struct lab_experiment lab_X3 = {
    .id = "X3",
    .title = "A window for each socket",
    .group = "more",
    .claim = "With WSAAsyncSelect each socket needs a window.",
    .source = LAB_TIME,
    .rounds = 2,
    .arms = {{"64 sockets, 1 window", .words = "probe windows"}},
    .parts = {{"One window hears of one socket at most", LAB_AT_MOST,
               "/sockets_heard", .limit = 1}},
    .today =
        "One message-only window serves them all: a message names its socket.",
};
