#include "lab/lab.h"

const struct lab_experiment lab_R4 = {
    .id = "R4",
    .title = "Align buffers to pages",
    .group = "resources",
    .claim =
        "Locking goes by pages: a buffer of 1 KB locks 4 KB, and one that "
        "crosses the boundary of pages locks two. Use multiples of pages that "
        "are aligned to them.",
    .source = LAB_TIME,
    .rounds = 16,
    .arms = {{"1,000 receives of 1 KB", .words = "probe straddle"},
             {"across a boundary",
              .words =
                  "run --model iocp --connections 100 --buffer-offset 2048"},
             {"aligned",
              .words = "run --model iocp --connections 100 --buffer-offset 0"}},
    .parts =
        {{"A pending receive of 1 KB brings in a page", LAB_ABOUT,
          "/aligned_growth_bytes", .limit = 4096, .margin = 0.1,
          .needs = LAB_WINDOWS,
          .why = "Windows: Wine locks nothing, it only writes to the buffer."},
         {"A pending receive across a boundary brings in two pages", LAB_ABOUT,
          "/straddling_growth_bytes", .limit = 8192, .margin = 0.1,
          .needs = LAB_WINDOWS,
          .why = "Windows: Wine locks nothing, it only writes to the buffer."},
         {"A buffer across a boundary costs a server speed", LAB_BELOW,
          "/throughput/round_trips_per_s", .arm = 1, .base = 2, .margin = 0.05},
         {"and processor time", LAB_ABOVE, "/cpu/per_round_trip_us/total",
          .arm = 1, .base = 2, .margin = 0.05},
         {"These pages are locked", LAB_UNTRIED,
          .why = "Windows: Wine locks nothing."}},
    .today =
        "Aligned buffers are free to have (VirtualAlloc, _aligned_malloc) and "
        "halve what is locked; do not expect them to be faster.",
};
