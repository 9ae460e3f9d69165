#include "lab/lab.h"

const struct lab_experiment lab_R3 = {
    .id = "R3",
    .group = "resources",
    .claim =
        "Buffers of pending overlapped operations are locked pages, of which "
        "about 1/8 of the memory is the limit; beyond it operations fail with "
        "WSAENOBUFS or ERROR_INSUFFICIENT_RESOURCES.",
    .source = LAB_TIME,
    .rounds = 1,
    .parts = {{"Pending buffers are locked", LAB_UNTRIED,
               .why = "Windows: Wine locks nothing."},
              {"Beyond the limit calls fail by WSAENOBUFS", LAB_UNTRIED,
               .why =
                   "Windows, with as much locked as it allows: the suite does "
                   "not exhaust the machine that it runs on."}},
    .today =
        "Count what is pending at most, in bytes of whole pages, and cap it.",
};
