#include "lab/lab.h"

const struct lab_experiment lab_X9 = {
    .id = "X9",
    .title = "AcceptEx waits for a full buffer",
    .group = "more",
    .claim =
        "AcceptEx with a buffer waits until all of it is full (or, as others "
        "say, for any data).",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"10 bytes of 1,024", .words = "probe first_data"}},
    .parts = {{"It waits for all of the buffer", LAB_EQUALS,
               "/completed_with_bytes", .limit = 1024},
              {"It completes with the first data", LAB_EQUALS,
               "/completed_with_bytes", .limit = 10}},
    .today =
        "It is a receive like any other: the first data completes it, however "
        "little.",
};
