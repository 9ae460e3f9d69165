#include "lab/lab.h"

const struct lab_experiment lab_X1 = {
    .id = "X1",
    .group = "more",
    .claim = "An operation that fails at once queues no completion packet; one "
             "that succeeds or pends always does.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"packets", .words = "probe completion_contract"}},
    .parts = {{"No packet after a failure", LAB_EQUALS,
               "/packets_after_failure", .limit = 0},
              {"A packet after a success at once", LAB_EQUALS,
               "/packets_after_success", .limit = 1},
              {"A packet after a pending call", LAB_EQUALS,
               "/packets_after_pending", .limit = 1}},
    .today = "The contract that every server on a port stands on. "
             "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS takes back its second half.",
};
