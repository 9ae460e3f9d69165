#include "lab/lab.h"

const struct lab_experiment lab_X7 = {
    .id = "X7",
    .title = "Memory is alike in all models",
    .group = "more",
    .claim =
        "The memory of a completion port, overlapped I/O and event selection "
        "is alike; only the processor time differs.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"iocp", .words = "run --model iocp --connections 1000"},
             {"overlapped",
              .words = "run --model overlapped --connections 1000"},
             {"event_select",
              .words = "run --model event_select --connections 1000"}},
    .parts = {{"overlapped takes as much memory as the port", LAB_ALIKE,
               "/memory/loaded/working_set_bytes", .arm = 1, .base = 0,
               .margin = 0.2},
              {"event_select takes as much memory as the port", LAB_ALIKE,
               "/memory/loaded/working_set_bytes", .arm = 2, .base = 0,
               .margin = 0.2},
              {"event_select takes as much as overlapped", LAB_ALIKE,
               "/memory/loaded/working_set_bytes", .arm = 2, .base = 1,
               .margin = 0.2}},
    .today =
        "A thread for each 63 connections is memory, too: its stack, and what "
        "the kernel holds for it.",
};
