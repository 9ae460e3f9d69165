#include "lab/lab.h"

const struct lab_experiment lab_R8 = {
    .id = "R8",
    .title = "Idle connections need no buffer",
    .group = "resources",
    .claim = "Long-lived, mostly idle connections want a plain receive when "
             "data is there, not a pending buffer each.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"buffers lent",
              .words =
                  "run --model iocp_zero --connections 300 --pattern idle"},
             {"a buffer each",
              .words = "run --model iocp --connections 300 --pattern idle"}},
    .parts = {{"Buffers that are lent while there is data save memory",
               LAB_BELOW, "/memory/per_connection_bytes", .arm = 0, .base = 1,
               .margin = 0.2},
              {"and locked pages", LAB_UNTRIED,
               .why = "Windows: Wine locks nothing."}},
    .today = "The buffer is nearly all of what an idle connection costs a "
             "server: lend it.",
};
