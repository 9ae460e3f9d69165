#include "lab/lab.h"

const struct lab_experiment lab_D7 = {
    .id = "D7",
    .title = "Completions come in order",
    .group = "data",
    .claim =
        "Sends and receives that are posted in order complete in order on the "
        "port.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"5,000 messages", .words = "probe ordered --messages=5000"}},
    .parts = {{"All receives complete in the order of posting", LAB_EQUALS,
               "/one_worker_out_of_order", .limit = 0},
              {"and with the bytes that were sent in that order", LAB_EQUALS,
               "/one_worker_wrong", .limit = 0}},
    .today = "The order holds for the packets of the port, not for the threads "
             "that take them (D6).",
};
