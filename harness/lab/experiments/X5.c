#include "lab/lab.h"

const struct lab_experiment lab_X5 = {
    .id = "X5",
    .title = "Acknowledged is not delivered",
    .group = "more",
    .claim =
        "That data was acknowledged does not mean that it was delivered to "
        "the program.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"a peer that never reads", .words = "probe ack_is_not_delivery"}},
    .parts = {{"The send returns", LAB_EQUALS, "/returned", .limit = 1},
              {"though nothing was read", LAB_EQUALS, "/peer_read_bytes",
               .limit = 0}},
    .today = "Only an answer of the peer's program says that it has the data.",
};
