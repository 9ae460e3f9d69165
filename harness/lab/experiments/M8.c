#include "lab/lab.h"

const struct lab_experiment lab_M8 = {
    .id = "M8",
    .title = "The completion port is best of all",
    .group = "models",
    .claim = "The completion port is best of all: it takes less processor time "
             "than events for the same traffic, and carries more.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms = {{"iocp, 100", .words = "run --model iocp --connections 100 "
                                    "--pattern paced --message 512 --rate 1M"},
             {"event_select, 100",
              .words = "run --model event_select --connections 100 --pattern "
                       "paced --message 512 --rate 1M"},
             {"iocp, 2,000",
              .words = "run --model iocp --connections 2000 --pattern paced "
                       "--message 512 --rate 1M"},
             {"event_select, 2,000",
              .words = "run --model event_select --connections 2000 --pattern "
                       "paced --message 512 --rate 1M"},
             {"iocp, one at a time",
              .words = "run --model iocp --connections 1000 --tune batch=1"},
             {"iocp, as fast as it can",
              .words = "run --model iocp --connections 1000"},
             {"event_select, as fast as it can",
              .words = "run --model event_select --connections 1000"}},
    .parts =
        {{"Less processor time at the same rate, 100 connections", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 0, .base = 1, .margin = 0.05},
         {"Less processor time at the same rate, 2,000 connections", LAB_BELOW,
          "/cpu/per_round_trip_us/total", .arm = 2, .base = 3, .margin = 0.05},
         {"More round trips/s with 1,000 connections, in batches of "
          "GetQueuedCompletionStatusEx",
          LAB_ABOVE, "/throughput/round_trips_per_s", .arm = 5, .base = 6,
          .margin = 0.05},
         {"More of them when it takes one completion at a time, as in 2002",
          LAB_ABOVE, "/throughput/round_trips_per_s", .arm = 4, .base = 6,
          .margin = 0.05},
         {"2,000 connections need no more threads than 100", LAB_ALIKE,
          "/threads/max", .arm = 2, .base = 0, .margin = 0.1}},
    .today = "The port's advantage grows with the number of connections and of "
             "processors; with few of either it may not show. It is the one "
             "model whose threads are as many as the processors, however many "
             "connections there are.",
};
