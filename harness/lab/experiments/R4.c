#include "lab/lab.h"

const struct lab_experiment lab_R4 = {
    .id = "R4",
    .group = "resources",
    .claim =
        "Locking goes by pages: a buffer of 1 KB locks 4 KB, and one that "
        "crosses the boundary of pages locks two. Use multiples of pages that "
        "are aligned to them.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"across the boundary",
              .words =
                  "run --model iocp --connections 100 --buffer-offset 2048"},
             {"aligned",
              .words = "run --model iocp --connections 100 --buffer-offset 0"}},
    .parts = {{"A buffer across the boundary costs speed", LAB_BELOW,
               "/throughput/round_trips_per_s", .arm = 0, .base = 1,
               .margin = 0.03},
              {"It locks two pages", LAB_UNTRIED,
               .why = "Windows: Wine locks nothing."}},
    .today =
        "Aligned buffers are free to have (VirtualAlloc, _aligned_malloc) and "
        "halve what is locked; do not expect them to be faster.",
};
