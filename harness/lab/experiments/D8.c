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
    .arms = {{"a file of 64 KB", .words = "probe transmit --bytes=65536"},
             {"a file of 1 MB",
              .words = "probe transmit --bytes=1048576 --repeats=5"}},
    .parts =
        {{"64 KB take less time than by reads of 4 KB", LAB_BELOW,
          "/transmit_us", .over = "/read_4k_us", .arm = 0, .base = 0,
          .margin = 0.1},
         {"64 KB take less time than by one read", LAB_BELOW, "/transmit_us",
          .over = "/read_64k_us", .arm = 0, .base = 0, .margin = 0.1},
         {"1 MB takes less time than by reads of 4 KB", LAB_BELOW,
          "/transmit_us", .over = "/read_4k_us", .arm = 1, .base = 1,
          .margin = 0.1},
         {"1 MB takes less time than by reads of 64 KB", LAB_BELOW,
          "/transmit_us", .over = "/read_64k_us", .arm = 1, .base = 1,
          .margin = 0.1},
         {"TransmitPackets sends several in one call", LAB_UNTRIED,
          .why = "Windows: Wine has no TransmitPackets."},
         {"Clients of Windows process two calls at a time", LAB_UNTRIED,
          .why = "Windows 10 or 11 beside Windows Server, the same machine."}},
    .today =
        "What it beats depends on how the file is read: against small reads "
        "it wins, against reads of 64 KB and more measure it, with your "
        "sizes.",
};
