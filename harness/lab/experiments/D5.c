#include "lab/lab.h"

const struct lab_experiment lab_D5 = {
    .id = "D5",
    .group = "data",
    .claim = "A worker must not block: with as many workers as processors one "
             "blocking call idles a processor. Spare threads cure it; heavy "
             "computing is as bad.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"one worker, and four", .words = "probe blocking_worker"}},
    .parts =
        {{"A worker that blocks for 10 ms at each 50th packet gets less done",
          LAB_BELOW, "/blocking_per_s", .over = "/plain_per_s", .margin = 0.2},
         {"Three spare workers make up for it", LAB_ABOVE,
          "/workers_blocking_per_s", .over = "/blocking_per_s", .margin = 0.2},
         {"Computing for 10 ms is as bad", LAB_BELOW, "/computing_per_s",
          .over = "/plain_per_s", .margin = 0.2},
         {"and spare workers do not help", LAB_ALIKE,
          "/workers_computing_per_s", .over = "/computing_per_s",
          .margin = 0.2}},
    .today =
        "Start more workers than the port's concurrency value: the port wakes "
        "another one when a worker blocks. Computing gains nothing from more "
        "threads; give it a pool of its own, of a lower priority.",
};
