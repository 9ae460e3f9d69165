#include "lab/lab.h"

const struct lab_experiment lab_M2 = {
    .id = "M2",
    .title = "Polling burns a processor",
    .group = "models",
    .claim =
        "Non-blocking sockets that are polled use nearly all of a processor "
        "whatever the traffic, and get little done with many connections.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms =
        {{"nonblocking, 500 paced", .words =
                                        "run --model nonblocking --connections "
                                        "500 --pattern paced --message "
                                        "64 --rate 16000"},
         {"iocp, 500 paced",
          .words =
              "run --model iocp --connections 500 --pattern paced --message 64 "
              "--rate 16000"},
         {"nonblocking, 10 of 1,010 active",
          .words =
              "run --model nonblocking --connections 1010 --pattern sparse "
              "--active 10"},
         {"iocp, 10 of 1,010 active",
          .words = "run --model iocp --connections 1010 --pattern sparse "
                   "--active 10"}},
    .parts =
        {{"For the same messages it takes at least twice the processor time "
          "of a completion port",
          LAB_ABOVE, "/cpu/per_round_trip_us/total", .arm = 0, .base = 1,
          .margin = 1},
         {"With few connections active among many it gets less than half done",
          LAB_BELOW, "/throughput/round_trips_per_s", .arm = 2, .base = 3,
          .margin = 1},
         {"Unread data fills the non-paged pool", LAB_ABOVE,
          "/pool/system_nonpaged/change_bytes", .arm = 0, .base = 1,
          .margin = 0.5, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."}},
    .today = "Never poll sockets: let the kernel say which of them are ready.",
};
