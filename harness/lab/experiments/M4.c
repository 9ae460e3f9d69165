#include "lab/lab.h"

const struct lab_experiment lab_M4 = {
    .id = "M4",
    .title = "WSAAsyncSelect clogs",
    .group = "models",
    .claim =
        "WSAAsyncSelect: the message pump clogs, and of many clients about a "
        "third get in. FD_WRITE comes only after a connect, an accept or a "
        "send that would block.",
    .source = LAB_BOOK,
    .rounds = 2,
    .arms = {{"2,000 clients",
              .words = "run --model async_select --connections 2000"},
             {"FD_WRITE", .words = "probe fd_write"}},
    .parts = {{"Less than half of 2,000 clients get in", LAB_AT_MOST,
               "/connections/connected", .arm = 0, .limit = 999},
              {"FD_WRITE comes after connect", LAB_EQUALS, "/after_connect",
               .arm = 1, .limit = 1},
              {"FD_WRITE comes after accept", LAB_EQUALS, "/after_accept",
               .arm = 1, .limit = 1},
              {"It does not come after a send that did not block", LAB_EQUALS,
               "/after_send", .arm = 1, .limit = 0},
              {"After a send that would block it comes once there is room",
               LAB_EQUALS, "/after_room", .arm = 1, .limit = 1}},
    .today =
        "Try to send at once, and wait for FD_WRITE only after "
        "WSAEWOULDBLOCK. Window messages are for programs that have windows; "
        "the queue of a thread holds 10,000 posted messages, and "
        "notifications beyond that are lost.",
};
