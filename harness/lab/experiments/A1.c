#include "lab/lab.h"

const struct lab_experiment lab_A1 = {
    .id = "A1",
    .title = "A burst waits in the backlog",
    .group = "accepting",
    .claim =
        "A burst of clients larger than the number of pending AcceptEx calls "
        "is not refused while the backlog has room: with 15 pending and a "
        "backlog of 200, 50 clients get in and 35 of them wait.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"backlog 200",
              .words = "probe burst --pending=15 --clients=50 --backlog=200"},
             {"backlog 10", .words = "probe burst --pending=15 --clients=50 "
                                     "--backlog=10 --wait-ms=300"}},
    .parts = {{"All 50 clients connect", LAB_EQUALS, "/connected", .limit = 50},
              {"35 of them wait in the backlog", LAB_EQUALS,
               "/accepted_from_backlog", .limit = 35},
              {"With a backlog of 10, some clients do not get in", LAB_AT_MOST,
               "/connected", .arm = 1, .limit = 49},
              {"They are refused", LAB_AT_LEAST, "/refused", .arm = 1,
               .limit = 1, .needs = LAB_ARTEFACT,
               .why =
                   "Windows: Linux drops what does not fit into the backlog, "
                   "and the client tries again."}},
    .today =
        "Give listen() a large backlog and do not post an AcceptEx for each "
        "client of a burst.",
};
