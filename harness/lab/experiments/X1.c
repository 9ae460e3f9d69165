#include "lab/lab.h"

const struct lab_experiment lab_X1 = {
    .id = "X1",
    .title = "A failed call queues no packet",
    .group = "more",
    .claim = "An operation that fails at once queues no completion packet; one "
             "that succeeds or pends always does.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"packets", .words = "probe completion_contract"}},
    .parts = {{"No packet after a receive that failed at once", LAB_EQUALS,
               "/receive_failed_at_once/packets", .limit = 0},
              {"No packet after a send that failed at once", LAB_EQUALS,
               "/send_failed_at_once/packets", .limit = 0},
              {"A packet after a success at once", LAB_EQUALS,
               "/success_at_once/packets", .limit = 1},
              {"A packet after a pending call", LAB_EQUALS, "/pending/packets",
               .limit = 1}},
    .today = "The contract that every server on a port stands on. "
             "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS takes back its second half.",
};
