#include "lab/lab.h"

const struct lab_experiment lab_R6 = {
    .id = "R6",
    .title = "The pool ends: cap connections",
    .group = "resources",
    .claim =
        "Non-paged pool ends at a fourth of the memory, may take the system "
        "down with it and cannot be seen coming: a server must cap its "
        "connections and pending operations.",
    .source = LAB_TIME,
    .rounds = 2,
    .arms = {{"a cap of 50", .words =
                                 "run --model iocp --connections 100 "
                                 "--max-connections 50 --connect-timeout 2s"}},
    .parts = {{"A cap holds, and refuses the others by name", LAB_AT_LEAST,
               "/traffic/server/refusals/connection_limit", .limit = 1},
              {"The pool ends at a fourth of the memory", LAB_UNTRIED,
               .why =
                   "Windows, to be run out of non-paged pool: the suite does "
                   "not exhaust the machine that it runs on."}},
    .today =
        "Cap connections and pending operations at what was measured to fit "
        "(R1), however much there is.",
};
