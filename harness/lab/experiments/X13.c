#include "lab/lab.h"

const struct lab_experiment lab_X13 = {
    .id = "X13",
    .group = "more",
    .claim = "Sends from several workers may leave in the wrong order.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"5,000 messages", .words = "probe ordered --messages=5000"}},
    .parts = {{"Sends of four workers leave in another order", LAB_AT_LEAST,
               "/unlocked_sends_wrong", .limit = 1},
              {"Under a lock none does", LAB_EQUALS, "/locked_sends_wrong",
               .limit = 0}},
    .today =
        "Whoever answers a connection must hold its lock while it posts the "
        "send, and answer in the order of the requests.",
};
