#include "lab/lab.h"

const struct lab_experiment lab_A4 = {
    .id = "A4",
    .title = "AcceptEx with a buffer can starve",
    .group = "accepting",
    .claim =
        "AcceptEx with a receive buffer saves a call, but does not complete "
        "before the first data: silent clients use up the pending calls.",
    .source = LAB_TIME,
    .rounds = 16,
    .arms = {{"silent clients", .words = "probe first_data"},
             {"first data",
              .words = "run --model iocp_accept --connections 64 --pattern "
                       "churn --message 64 --tune first_bytes=64"},
             {"none", .words =
                          "run --model iocp_accept --connections 64 --pattern "
                          "churn --message 64 --tune first_bytes=0"}},
    .parts =
        {{"It serves more short connections", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 1, .base = 2, .margin = 0.02},
         {"It does not complete without data", LAB_EQUALS,
          "/completed_without_data", .limit = 0},
         {"With as many silent clients as pending calls, no other client is "
          "served",
          LAB_EQUALS, "/served_before_sweep", .limit = 0}},
    .today =
        "Do not give AcceptEx a receive buffer unless something closes silent "
        "clients: what it saves is little, and what it costs is the service.",
};
