#include "lab/lab.h"

const struct lab_experiment lab_D6 = {
    .id = "D6",
    .group = "data",
    .claim =
        "With several workers, completions that were posted in order may be "
        "handled out of order; sequence numbers restore it.",
    .source = LAB_TIME,
    .rounds = 3,
    .faulty = true,
    .arms = {{"4 workers", .words = "probe ordered --workers=4"},
             {"1 worker", .words = "probe ordered --workers=1"},
             {"with numbers",
              .words = "run --model iocp_ordered --connections 16 --pattern "
                       "stream --outstanding 8 --threads 4"},
             {"numbers without the lock",
              .words =
                  "run --model iocp_ordered --connections 16 --pattern stream "
                  "--outstanding 8 --threads 4 --tune post=unlocked"}},
    .parts = {{"Four workers handle some out of order", LAB_AT_LEAST,
               "/handled_out_of_order", .limit = 1},
              {"One worker never does", LAB_EQUALS, "/handled_out_of_order",
               .arm = 1},
              {"With numbers each byte comes back in its place", LAB_EQUALS,
               "/integrity/mismatches", .arm = 2},
              {"A number and its WSARecv must be posted under one lock",
               LAB_AT_LEAST, "/integrity/mismatches", .arm = 3, .limit = 1}},
    .today =
        "With one receive at a time on a connection the question never "
        "arises. With several, take the number and post the call under one "
        "lock, and handle what comes early when its turn has come.",
};
