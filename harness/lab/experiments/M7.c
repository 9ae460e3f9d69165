#include "lab/lab.h"

const struct lab_experiment lab_M7 = {
    .id = "M7",
    .group = "models",
    .claim =
        "Completion routines perform like overlapped I/O with events; they "
        "run only in an alertable wait, first in first out, on the thread "
        "that posted the call.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms = {{"apc", .words = "run --model apc --connections 500"},
             {"overlapped",
              .words = "run --model overlapped --connections 500"},
             {"waits", .words = "probe alertable"}},
    .parts = {{"They serve alike", LAB_ALIKE, "/throughput/round_trips_per_s",
               .arm = 0, .base = 1, .margin = 0.1},
              {"No routine runs outside an alertable wait", LAB_EQUALS,
               "/before_wait", .arm = 2},
              {"Each of the seven alertable waits runs them", LAB_EQUALS,
               "/waits_that_run_all", .arm = 2, .limit = 7},
              {"They run first in first out, on the thread that posted",
               LAB_EQUALS, "/in_order", .arm = 2, .limit = 1}},
    .today =
        "Completion routines have no limit of 64 and need no port, but they "
        "bind a connection to its thread: nothing balances the threads. A "
        "thread that never waits alertably starves its connections.",
};
