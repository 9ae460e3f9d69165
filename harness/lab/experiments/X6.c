#include "lab/lab.h"

const struct lab_experiment lab_X6 = {
    .id = "X6",
    .title = "SO_SNDBUF 0 hurts less",
    .group = "more",
    .claim = "SO_SNDBUF of 0 hurts less than SO_RCVBUF of 0.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"SO_SNDBUF 0",
              .words = "run --model iocp --connections 16 --message 1024 "
                       "--sndbuf 0"},
             {"SO_RCVBUF 0",
              .words = "run --model iocp --connections 16 --message 1024 "
                       "--rcvbuf 0 --io-timeout 5s"}},
    .parts = {{"It carries more", LAB_ABOVE, "/throughput/round_trips_per_s",
               .arm = 0, .base = 1, .margin = 0.05, .needs = LAB_ARTEFACT,
               .why =
                   "Windows: Linux has least buffers of its own, whatever is "
                   "set."}},
    .today = "Set neither.",
};
