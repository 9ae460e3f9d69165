#include "lab/lab.h"

const struct lab_experiment lab_M5 = {
    .id = "M5",
    .title = "WSAEventSelect is surprisingly good",
    .group = "models",
    .claim =
        "WSAEventSelect is surprisingly good; since a thread waits for 64 "
        "events at most, a pool of threads must grow with the connections. It "
        "ends in WSAENOBUFS.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms = {{"event_select",
              .words = "run --model event_select --connections 630"},
             {"select", .words = "run --model select --connections 630"},
             {"limits", .words = "probe limits64"}},
    .parts = {{"It serves more than select", LAB_ABOVE,
               "/throughput/round_trips_per_s", .arm = 0, .base = 1,
               .margin = 0.05},
              {"It takes at most a tenth of the threads of a thread for each",
               LAB_AT_MOST, "/threads/max", .arm = 0, .limit = 63},
              {"630 connections need ten threads for them", LAB_AT_LEAST,
               "/threads/max", .arm = 0, .limit = 10},
              {"A thread waits for 64 events at most", LAB_EQUALS,
               "/most_events", .arm = 2, .limit = 64},
              {"A wait for 65 fails with ERROR_INVALID_PARAMETER", LAB_EQUALS,
               "/code_of_65", .arm = 2, .limit = 87},
              {"It ends in WSAENOBUFS", LAB_UNTRIED,
               .why = "Windows with so little memory that the non-paged pool "
                      "ends; it may take the system down with it."}},
    .today =
        "A good choice for a program with some dozens of sockets and other "
        "events to wait for. Beyond 64 of them a completion port is less "
        "code, not more.",
};
