#include "lab/lab.h"

const struct lab_experiment lab_X17 = {
    .id = "X17",
    .title = "WSAENOBUFS may mean bandwidth",
    .group = "more",
    .claim =
        "On WSAENOBUFS check the bandwidth, too; where the pool is capped, "
        "WSAENOBUFS means locked pages.",
    .source = LAB_TIME,
    .rounds = 1,
    .parts = {{"WSAENOBUFS comes from locked pages", LAB_UNTRIED,
               .why = "Windows short of memory: the suite does not exhaust the "
                      "machine that it runs on."}},
    .today = "See R7.",
};
