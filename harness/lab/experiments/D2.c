#include "lab/lab.h"

const struct lab_experiment lab_D2 = {
    .id = "D2",
    .title = "SO_RCVBUF 0 does not help",
    .group = "data",
    .claim =
        "SO_RCVBUF of 0 does not help. Without a pending receive, data waits "
        "in the transport's window, in memory of the kernel.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"SO_RCVBUF 0", .words =
                                 "run --model iocp --connections 16 --rcvbuf 0 "
                                 "--message 1024 --io-timeout 5s"},
             {"the system's",
              .words = "run --model iocp --connections 16 --message 1024"},
             {"select", .words = "run --model select --connections 1000"},
             {"iocp", .words = "run --model iocp --connections 1000"}},
    .parts =
        {{"SO_RCVBUF 0 carries no more", LAB_BELOW,
          "/throughput/round_trips_per_s", .arm = 0, .base = 1, .margin = 0,
          .needs = LAB_ARTEFACT,
          .why = "Windows: Linux has a least receive buffer and crawls with "
                 "it."},
         {"Where 1,000 receives of 4 KB wait to be made (select), the kernel "
          "holds the data",
          LAB_AT_LEAST, "/pool/host_tcp_memory/end_bytes", .arm = 2,
          .limit = 4e6, .needs = LAB_WINE,
          .why = "On Windows this memory is non-paged pool: see the last "
                 "part."},
         {"Where they are pending (iocp), it holds little", LAB_AT_MOST,
          "/pool/host_tcp_memory/end_bytes", .arm = 3, .limit = 2e6,
          .needs = LAB_WINE,
          .why = "On Windows this memory is non-paged pool: see the last "
                 "part."},
         {"The same, of the non-paged pool", LAB_ABOVE,
          "/pool/system_nonpaged/change_bytes", .arm = 2, .base = 3,
          .margin = 0.2, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."}},
    .today =
        "Leave SO_RCVBUF alone, too. What a peer sends before it is received "
        "costs kernel memory, up to a window for each connection.",
};
