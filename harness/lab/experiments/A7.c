#include "lab/lab.h"

const struct lab_experiment lab_A7 = {
    .id = "A7",
    .title = "Post AcceptEx from its own thread",
    .group = "accepting",
    .claim =
        "Making sockets is expensive: post AcceptEx from a thread of its own, "
        "never from a worker.",
    .source = LAB_TIME,
    .rounds = 16,
    .arms = {{"by workers",
              .words = "run --model iocp_accept --connections 64 --pattern "
                       "churn --message 64 --tune poster=worker"},
             {"by a thread",
              .words = "run --model iocp_accept --connections 64 --pattern "
                       "churn --message 64 --tune poster=thread"}},
    .parts = {{"Workers that make the sockets serve fewer short connections",
               LAB_BELOW, "/throughput/round_trips_per_s", .arm = 0, .base = 1,
               .margin = 0.02}},
    .today =
        "Worth a thread where connections are short; where they stay, nobody "
        "will see the difference.",
};
