#include "lab/lab.h"

const struct lab_experiment lab_D3 = {
    .id = "D3",
    .title = "Pending receives spare the kernel",
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
        {{"With 1,000 receives pending the kernel holds little data",
          LAB_AT_MOST, "/pool/host_tcp_memory/end_bytes", .arm = 0,
          .limit = 2e6, .needs = LAB_WINE,
          .why = "On Windows this memory is non-paged pool: see the third "
                 "part."},
         {"For a model that receives when it is told to, it holds the data",
          LAB_AT_LEAST, "/pool/host_tcp_memory/end_bytes", .arm = 1,
          .limit = 4e6, .needs = LAB_WINE,
          .why = "On Windows this memory is non-paged pool: see the next "
                 "part."},
         {"The same, of the non-paged pool", LAB_BELOW,
          "/pool/system_nonpaged/change_bytes", .arm = 0, .base = 1,
          .margin = 0.2, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."},
         {"No byte is copied on its way", LAB_UNTRIED,
          .why = "A trace of Windows' kernel: no counter shows copies."}},
    .today =
        "Keep a receive pending where a peer is about to send; the buffers "
        "that it locks are the price (R3, R5).",
};
