#include "lab/lab.h"

const struct lab_experiment lab_X12 = {
    .id = "X12",
    .title = "Overlapped after a zero-byte receive",
    .group = "more",
    .claim =
        "After a receive of zero bytes has completed, overlapped receives are "
        "the better way if the peer sends much.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"overlapped receives",
              .words = "run --model iocp_zero --connections 16 "
                       "--message 64K --tune then=overlapped"},
             {"drain",
              .words = "run --model iocp_zero --connections 16 --message 64K "
                       "--tune then=drain"}},
    .parts = {{"They carry more than a non-blocking drain", LAB_ABOVE,
               "/throughput/round_trips_per_s", .arm = 0, .base = 1,
               .margin = 0.05}},
    .today =
        "Choose by your traffic: the drain saves a completion when there is "
        "little, the overlapped receive a failed call when there is much.",
};
