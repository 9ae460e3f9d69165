#include "lab/lab.h"

const struct lab_experiment lab_A2 = {
    .id = "A2",
    .title = "More AcceptEx help short connections",
    .group = "accepting",
    .claim =
        "More pending AcceptEx calls help short connections, not long ones; "
        "their number belongs between a least and a most, and adapts.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms =
        {{"churn, 1",
          .words = "run --model iocp_accept --connections 64 --pattern "
                   "churn --message 64 --tune depth=fixed --tune most=1"},
         {"churn, 16",
          .words = "run --model iocp_accept --connections 64 --pattern "
                   "churn --message 64 --tune depth=fixed --tune most=16"},
         {"churn, 1,024",
          .words = "run --model iocp_accept --connections 64 --pattern "
                   "churn --message 64 --tune depth=fixed --tune most=1024"},
         {"churn, adaptive",
          .words = "run --model iocp_accept --connections 64 --pattern "
                   "churn --message 64 --tune depth=adaptive --tune least=1"},
         {"echo, 1", .words = "run --model iocp_accept --connections 64 --tune "
                              "depth=fixed --tune most=1"},
         {"echo, 16", .words =
                          "run --model iocp_accept --connections 64 --tune "
                          "depth=fixed --tune most=16"}},
    .parts =
        {{"Short connections: 16 pending serve more than 1", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 1, .base = 0, .margin = 0.1},
         {"Short connections: 1,024 serve no more than 16", LAB_BELOW,
          "/throughput/round_trips_per_s", .arm = 2, .base = 1, .margin = 0},
         {"An adaptive number serves more than 1, too", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 3, .base = 0, .margin = 0.1},
         {"Long connections: 16 or 1 make no difference", LAB_ALIKE,
          "/throughput/round_trips_per_s", .arm = 5, .base = 4, .margin = 0.1}},
    .today =
        "Some dozens of pending AcceptEx calls are enough where connections "
        "are short; each one more costs a socket.",
};
