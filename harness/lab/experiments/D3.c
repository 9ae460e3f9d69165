#include "lab/lab.h"

const struct lab_experiment lab_D3 = {
    .id = "D3",
    .group = "data",
    .claim = "With overlapped receives pending, data goes straight into the "
             "application's buffer: there is no need to switch buffering off.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"overlapped",
              .words = "run --model overlapped --connections 1000"},
             {"event_select",
              .words = "run --model event_select --connections 1000"}},
    .parts =
        {{"The kernel holds less data than for a model that receives when it "
          "is told to",
          LAB_BELOW, "/pool/host_tcp_memory/end_bytes", .arm = 0, .base = 1,
          .margin = 0.2, .needs = LAB_WINE,
          .why = "On Windows this memory is non-paged pool: see the next "
                 "part."},
         {"The same, of the non-paged pool", LAB_BELOW,
          "/pool/system_nonpaged/change_bytes", .arm = 0, .base = 1,
          .margin = 0.2, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."},
         {"No byte is copied on its way", LAB_UNTRIED,
          .why = "A trace of Windows' kernel (xperf): no counter shows "
                 "copies."}},
    .today =
        "Keep a receive pending where a peer is about to send; the buffers "
        "that it locks are the price (R3, R5).",
};
