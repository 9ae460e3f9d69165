#include "lab/lab.h"

const struct lab_experiment lab_X4 = {
    .id = "X4",
    .title = "A send that fits is done at once",
    .group = "more",
    .claim =
        "A send that fits into the send buffer is done at once, one beyond it "
        "pends.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"sends to a peer that never reads", .words = "probe send_room"}},
    .parts = {{"The first sends are done at once", LAB_AT_LEAST,
               "/sends_at_once", .limit = 1},
              {"A later one pends while the peer does not read", LAB_EQUALS,
               "/then_stays_pending", .limit = 1},
              {"and completes when it does", LAB_EQUALS,
               "/completed_after_reading", .limit = 1}},
    .today =
        "How many fit is no constant: the system adapts the buffer. Count "
        "what is pending, and stop reading from a peer that does not read.",
};
