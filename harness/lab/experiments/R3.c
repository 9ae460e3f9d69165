#include "lab/lab.h"

const struct lab_experiment lab_R3 = {
    .id = "R3",
    .title = "Pending buffers lock pages: 1/8",
    .group = "resources",
    .claim =
        "Buffers of pending overlapped operations are locked pages, of which "
        "about 1/8 of the memory is the limit; beyond it operations fail with "
        "WSAENOBUFS or ERROR_INSUFFICIENT_RESOURCES.",
    .source = LAB_TIME,
    .rounds = 2,
    .arms = {{"256 MB pending", .words = "probe working_set"}},
    .parts = {{"Pending receives of 256 MB fail", LAB_AT_LEAST, "/last_code",
               .limit = 998, .needs = LAB_WINDOWS,
               .why = "Windows: Wine locks nothing."},
              {"Their pages are in the working set", LAB_AT_LEAST,
               "/working_set_growth_bytes", .limit = 200e6,
               .needs = LAB_WINDOWS,
               .why =
                   "Windows: under Wine the program itself brings them in."}},
    .today =
        "Count what is pending at most, in bytes of whole pages, and cap it.",
};
