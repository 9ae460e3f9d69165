#include "lab/lab.h"

const struct lab_experiment lab_X3 = {
    .id = "X3",
    .group = "more",
    .claim = "With WSAAsyncSelect each socket needs a window.",
    .source = LAB_TIME,
    .rounds = 2,
    .arms = {{"async_select",
              .words = "run --model async_select --connections 100"}},
    .parts = {{"One window serves one connection", LAB_AT_MOST,
               "/connections/connected", .limit = 1}},
    .today =
        "One message-only window serves them all: a message names its socket.",
};
