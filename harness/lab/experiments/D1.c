#include "lab/lab.h"

const struct lab_experiment lab_D1 = {
    .id = "D1",
    .title = "SO_SNDBUF 0 with sends pending",
    .group = "data",
    .claim =
        "SO_SNDBUF of 0 loses nothing if several overlapped sends are always "
        "pending; with one at a time it costs the pause between sends.",
    .source = LAB_TIME,
    .rounds = 16,
    .arms = {{"4 sends, SO_SNDBUF 0",
              .words = "run --model iocp_ordered --connections 16 --pipeline 8 "
                       "--outstanding 4 --sndbuf 0"},
             {"4 sends", .words = "run --model iocp_ordered --connections 16 "
                                  "--pipeline 8 --outstanding 4"},
             {"1 send, SO_SNDBUF 0",
              .words = "run --model iocp_ordered --connections 16 --pipeline 8 "
                       "--outstanding 1 --sndbuf 0"},
             {"1 send", .words = "run --model iocp_ordered --connections 16 "
                                 "--pipeline 8 --outstanding 1"}},
    .parts =
        {{"Four sends pending carry more than one, without touching SO_SNDBUF",
          LAB_ABOVE, "/throughput/round_trips_per_s", .arm = 1, .base = 3,
          .margin = 0.05},
         {"Four sends pending carry as much with SO_SNDBUF 0", LAB_ALIKE,
          "/throughput/round_trips_per_s", .arm = 0, .base = 1, .margin = 0.05,
          .needs = LAB_ARTEFACT,
          .why = "Windows: Linux has a least send buffer, whatever is set."},
         {"One at a time carries less with SO_SNDBUF 0", LAB_BELOW,
          "/throughput/round_trips_per_s", .arm = 2, .base = 3, .margin = 0.05,
          .needs = LAB_ARTEFACT,
          .why = "Windows: Linux has a least send buffer, whatever is set."}},
    .today =
        "Leave SO_SNDBUF alone: Windows sizes it by itself since Windows 7. "
        "Without it, keep several sends pending.",
};
