#include "lab/lab.h"

const struct lab_experiment lab_A6 = {
    .id = "A6",
    .title = "Closed AcceptEx sockets stay",
    .group = "accepting",
    .claim =
        "Do not close a socket whose AcceptEx has no client yet: what the "
        "kernel holds for it stays until one comes or the listener closes.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"32 closed", .words = "probe close_accept --accepts=32"}},
    .parts = {{"The call does not end with its socket", LAB_EQUALS,
               "/completed", .limit = 0},
              {"Its memory in the non-paged pool stays", LAB_UNTRIED,
               .why =
                   "Windows, by iomodels-probe close_accept --accepts=10000: "
                   "Wine has no non-paged pool."}},
    .today =
        "Where the call ends with its socket, closing frees the place at "
        "once. A server that cannot be sure keeps the socket and uses it for "
        "the next client.",
};
