#include "lab/lab.h"

const struct lab_experiment lab_D8 = {
    .id = "D8",
    .title = "TransmitFile beats reading",
    .group = "data",
    .claim =
        "TransmitFile beats ReadFile and WSASend; TransmitPackets sends "
        "several files and buffers in one call. Clients of Windows process "
        "two TransmitFile calls at a time.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"64 KB by reads of 4 KB",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 64K --buffer 4K"},
             {"64 KB by reads of 64 KB",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 64K --buffer 64K"},
             {"64 KB by TransmitFile",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 64K --tune by=transmit"},
             {"1 MB by reads of 4 KB",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 1M --buffer 4K"},
             {"1 MB by reads of 64 KB",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 1M --buffer 64K"},
             {"1 MB by TransmitFile",
              .words = "run --model iocp_file --service file --connections 4 "
                       "--message 1M --tune by=transmit"}},
    .parts =
        {{"64 KB: more pieces/s than by reads of 4 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 2, .base = 0, .margin = 0.1},
         {"64 KB: less processor time than by reads of 4 KB", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 2, .base = 0, .margin = 0.1},
         {"64 KB: more pieces/s than by reads of 64 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 2, .base = 1, .margin = 0.1},
         {"64 KB: less processor time than by reads of 64 KB", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 2, .base = 1, .margin = 0.1},
         {"1 MB: more pieces/s than by reads of 4 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 5, .base = 3, .margin = 0.1},
         {"1 MB: less processor time than by reads of 4 KB", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 5, .base = 3, .margin = 0.1},
         {"1 MB: more pieces/s than by reads of 64 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 5, .base = 4, .margin = 0.1},
         {"1 MB: less processor time than by reads of 64 KB", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 5, .base = 4, .margin = 0.1},
         {"Every byte is the file's", LAB_EQUALS, "/integrity/mismatches",
          .arm = 2, .limit = 0},
         {"TransmitPackets sends several in one call", LAB_UNTRIED,
          .why = "Windows: Wine has no TransmitPackets."},
         {"Clients of Windows process two calls at a time", LAB_UNTRIED,
          .why = "Windows 10 or 11 beside Windows Server, the same machine."}},
    .today =
        "What it beats depends on how the file is read: against small reads "
        "it wins, against reads of 64 KB and more measure it, with your "
        "sizes.",
};
