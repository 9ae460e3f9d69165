#include "lab/lab.h"

const struct lab_experiment lab_X10 = {
    .id = "X10",
    .title = "One AcceptEx waits for data at most",
    .group = "more",
    .claim = "While an AcceptEx waits for data, no second one can be posted.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"a silent client, then another", .words = "probe first_data"}},
    .parts = {{"A second one does not complete while the first waits",
               LAB_EQUALS, "/second_completed_while_first_waits", .limit = 0}},
    .today = "Several wait side by side, each with a client of its own.",
};
