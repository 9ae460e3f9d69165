#include "lab/lab.h"

const struct lab_experiment lab_D8 = {
    .id = "D8",
    .group = "data",
    .claim =
        "TransmitFile beats ReadFile and WSASend; TransmitPackets sends "
        "several files and buffers in one call. Clients of Windows process "
        "two TransmitFile calls at a time.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"transmit, 64 KB",
              .words = "run --model iocp_file --connections 8 --pattern "
                       "files --message 64K --tune by=transmit"},
             {"read 4 KB, 64 KB",
              .words = "run --model iocp_file --connections 8 --pattern "
                       "files --message 64K --tune by=read --tune "
                       "chunk=4096"},
             {"read 64 KB, 64 KB",
              .words = "run --model iocp_file --connections 8 "
                       "--pattern files --message 64K --tune by=read "
                       "--tune chunk=65536"},
             {"transmit, 1 MB",
              .words = "run --model iocp_file --connections 8 --pattern "
                       "files --message 1M --tune by=transmit"},
             {"read 4 KB, 1 MB",
              .words = "run --model iocp_file --connections 8 --pattern "
                       "files --message 1M --tune by=read --tune "
                       "chunk=4096"},
             {"read 64 KB, 1 MB",
              .words = "run --model iocp_file --connections 8 --pattern "
                       "files --message 1M --tune by=read --tune "
                       "chunk=65536"}},
    .parts =
        {{"Files of 64 KB, read by 4 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 0, .base = 1, .margin = 0.1},
         {"Files of 64 KB, read by 64 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 0, .base = 2, .margin = 0.1},
         {"Files of 1 MB, read by 4 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 3, .base = 4, .margin = 0.1},
         {"Files of 1 MB, read by 64 KB", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 3, .base = 5, .margin = 0.1},
         {"TransmitPackets sends several in one call", LAB_UNTRIED,
          .why = "Windows: Wine has no TransmitPackets."},
         {"Clients of Windows process two calls at a time", LAB_UNTRIED,
          .why = "Windows 10 or 11 beside Windows Server, the same "
                 "machine."}},
    .today =
        "What it beats depends on how the file is read: against small reads "
        "it wins, against reads of 64 KB and more measure it, with your "
        "sizes.",
};
