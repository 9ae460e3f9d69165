#include "lab/lab.h"

const struct lab_experiment lab_R7 = {
    .id = "R7",
    .title = "What to do on WSAENOBUFS",
    .group = "resources",
    .claim = "On WSAENOBUFS: first raise the working set, then post less, then "
             "close connections and wait.",
    .source = LAB_TIME,
    .rounds = 2,
    .arms = {{"the working set", .words = "probe working_set"}},
    .parts = {{"The working set can be raised", LAB_EQUALS,
               "/read_back_matches", .limit = 1, .needs = LAB_WINDOWS,
               .why = "Windows: Wine's working set has no limit to raise."},
              {"The ladder loses fewer connections than closing at once",
               LAB_UNTRIED,
               .why =
                   "Windows short of memory, or a shortage that is injected: "
                   "./run faults does."}},
    .today =
        "Treat WSAENOBUFS as a state, not as the end: go on with what there "
        "is, and take no more for a while.",
};
