#include "lab/lab.h"

const struct lab_experiment lab_X13 = {
    .id = "X13",
    .group = "more",
    .claim = "Sends from several workers may leave in the wrong order.",
    .source = LAB_TIME,
    .rounds = 3,
    .faulty = true,
    .arms = {{"without numbers",
              .words =
                  "run --model iocp_ordered --connections 16 --pattern stream "
                  "--outstanding 8 --threads 4 --tune numbers=off"},
             {"with numbers",
              .words = "run --model iocp_ordered --connections 16 --pattern "
                       "stream --outstanding 8 --threads 4"}},
    .parts = {{"Without sequence numbers bytes come back in the wrong place",
               LAB_AT_LEAST, "/integrity/mismatches", .limit = 1},
              {"With them, none does", LAB_EQUALS, "/integrity/mismatches",
               .arm = 1}},
    .today =
        "Whoever answers a connection must hold its lock while it posts the "
        "send, and answer in the order of the requests.",
};
