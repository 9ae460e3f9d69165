#include "lab/lab.h"

const struct lab_experiment lab_R5 = {
    .id = "R5",
    .title = "Zero-byte receives save memory",
    .group = "resources",
    .claim = "A receive of zero bytes locks nothing; when it completes, data "
             "is read without blocking until WSAEWOULDBLOCK. It trades "
             "throughput for connections.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"zero bytes", .words = "run --model iocp_zero --connections 100"},
             {"whole buffers",
              .words = "run --model iocp --connections 100 --tune batch=1"},
             {"zero bytes, idle",
              .words = "run --model iocp_zero --connections 300 --pattern idle "
                       "--buffer 64K"},
             {"whole buffers, idle",
              .words = "run --model iocp --connections 300 --pattern idle "
                       "--buffer 64K"}},
    .parts = {{"It costs throughput", LAB_BELOW,
               "/throughput/round_trips_per_s", .arm = 0, .base = 1,
               .margin = 0.05},
              {"An idle connection takes less memory", LAB_BELOW,
               "/memory/per_connection_bytes", .arm = 2, .base = 3,
               .margin = 0.2},
              {"It locks no pages", LAB_UNTRIED,
               .why = "Windows: Wine locks nothing."}},
    .today =
        "For many connections that mostly rest. Cap what is read at a time: a "
        "drain until WSAEWOULDBLOCK starves the other connections.",
};
