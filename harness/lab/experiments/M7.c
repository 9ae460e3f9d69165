#include "lab/lab.h"

const struct lab_experiment lab_M7 = {
    .id = "M7",
    .title = "Completion routines are like it",
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
              {"No routine of eight runs outside an alertable wait", LAB_EQUALS,
               "/SleepEx/ran_before", .arm = 2, .limit = 0},
              {"SleepEx runs all eight", LAB_EQUALS, "/SleepEx/ran", .arm = 2,
               .limit = 8},
              {"WaitForSingleObjectEx runs all eight", LAB_EQUALS,
               "/WaitForSingleObjectEx/ran", .arm = 2, .limit = 8},
              {"WaitForMultipleObjectsEx runs all eight", LAB_EQUALS,
               "/WaitForMultipleObjectsEx/ran", .arm = 2, .limit = 8},
              {"WSAWaitForMultipleEvents runs all eight", LAB_EQUALS,
               "/WSAWaitForMultipleEvents/ran", .arm = 2, .limit = 8},
              {"MsgWaitForMultipleObjectsEx runs all eight", LAB_EQUALS,
               "/MsgWaitForMultipleObjectsEx/ran", .arm = 2, .limit = 8},
              {"SignalObjectAndWait runs all eight", LAB_EQUALS,
               "/SignalObjectAndWait/ran", .arm = 2, .limit = 8},
              {"They run first in first out", LAB_EQUALS, "/SleepEx/in_order",
               .arm = 2, .limit = 1},
              {"and on the thread that posted", LAB_EQUALS,
               "/ran_on_other_threads", .arm = 2, .limit = 0}},
    .today =
        "Completion routines have no limit of 64 and need no port, but they "
        "bind a connection to its thread: nothing balances the threads. A "
        "thread that never waits alertably starves its connections.",
};
