#include "lab/lab.h"

const struct lab_experiment lab_D5 = {
    .id = "D5",
    .title = "A worker must not block",
    .group = "data",
    .claim = "A worker must not block: with as many workers as processors one "
             "blocking call idles a processor. Spare threads cure it; heavy "
             "computing is as bad.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"one worker, and four", .words = "probe blocking_worker"},
             {"a server of 1 worker",
              .words = "run --model iocp --connections 100 --threads 1"},
             {"1 worker, blocking",
              .words = "run --model iocp --connections 100 --threads "
                       "1 --work block:10000/50"},
             {"4 workers, blocking",
              .words = "run --model iocp --connections 100 --threads "
                       "4 --work block:10000/50"}},
    .parts =
        {{"A worker that blocks for 10 ms at each 50th packet gets less done",
          LAB_BELOW, "/blocking_per_s", .over = "/plain_per_s", .margin = 0.2},
         {"Three spare workers make up for it", LAB_ABOVE,
          "/workers_blocking_per_s", .over = "/blocking_per_s", .margin = 0.2},
         {"Computing for 10 ms is as bad", LAB_BELOW, "/computing_per_s",
          .over = "/plain_per_s", .margin = 0.2},
         {"and spare workers do not help", LAB_ALIKE,
          "/workers_computing_per_s", .over = "/computing_per_s",
          .margin = 0.25},
         {"Clients of a server notice a worker that blocks", LAB_BELOW,
          "/throughput/round_trips_per_s", .arm = 2, .base = 1, .margin = 0.1},
         {"and that it has spare ones", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 3, .base = 2, .margin = 0.1}},
    .today =
        "Start more workers than the port's concurrency value: the port wakes "
        "another one when a worker blocks. Computing gains nothing from more "
        "threads; give it a pool of its own, of a lower priority.",
};
