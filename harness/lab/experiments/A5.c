#include "lab/lab.h"

const struct lab_experiment lab_A5 = {
    .id = "A5",
    .title = "SO_CONNECT_TIME finds silent clients",
    .group = "accepting",
    .claim =
        "getsockopt(SO_CONNECT_TIME) on the sockets of pending AcceptEx calls "
        "finds silent clients (seconds connected, or -1), and closing such a "
        "socket frees its place.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"16 silent clients", .words = "probe first_data --silent=16"}},
    .parts = {{"Without a client the time is -1", LAB_EQUALS,
               "/connect_time_without_client", .limit = 0},
              {"A client that sends nothing has a time", LAB_EQUALS,
               "/connect_time_while_it_waits", .limit = 1},
              {"A sweep finds all silent clients", LAB_EQUALS,
               "/found_by_sweep", .limit = 16},
              {"After it all others are served", LAB_EQUALS,
               "/served_after_sweep", .limit = 16}},
    .today =
        "The one defence of AcceptEx with a receive buffer: sweep regularly, "
        "and when FD_ACCEPT signals that no call is left.",
};
