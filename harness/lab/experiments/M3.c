#include "lab/lab.h"

const struct lab_experiment lab_M3 = {
    .id = "M3",
    .title = "select grows linearly",
    .group = "models",
    .claim =
        "The cost of select grows linearly with the sockets that it watches, "
        "since the set is built and scanned anew each time.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms =
        {{"select, none idle",
          .words = "run --model select --connections 10 --pattern sparse "
                   "--active 10",
          .x = 10},
         {"select, 500 idle",
          .words = "run --model select --connections 510 --pattern sparse "
                   "--active 10",
          .x = 510},
         {"select, 2,000 idle",
          .words = "run --model select --connections 2010 --pattern sparse "
                   "--active 10",
          .x = 2010},
         {"iocp, none idle",
          .words =
              "run --model iocp --connections 10 --pattern sparse --active 10"},
         {"iocp, 2,000 idle", .words = "run --model iocp --connections 2010 "
                                       "--pattern sparse --active 10"},
         {"sets", .words = "probe fdset"}},
    .parts =
        {{"With ten active connections, 2,000 idle ones slow select down to "
          "less than half",
          LAB_BELOW, "/throughput/round_trips_per_s", .arm = 2, .base = 0,
          .margin = 1},
         {"The processor time of a round trip grows on a line with the number "
          "of sockets",
          LAB_LINEAR, "/cpu/per_round_trip_us/total", .arm = 2, .base = 0,
          .limit = 0.85},
         {"A completion port does not mind idle connections", LAB_ALIKE,
          "/throughput/round_trips_per_s", .arm = 4, .base = 3, .margin = 0.2},
         {"A set holds 64 sockets unless FD_SETSIZE is raised before the "
          "headers",
          LAB_EQUALS, "/usual_fd_setsize", .arm = 5, .limit = 64},
         {"nfds is ignored: with 0 the last socket of a set is found",
          LAB_EQUALS, "/found_last", .arm = 5, .limit = 1}},
    .today =
        "select is for programs with a few dozen sockets, of which most are "
        "busy. WSAPoll has no limit of sockets, but the same linear cost. "
        "For many connections that mostly rest, use overlapped receives.",
};
