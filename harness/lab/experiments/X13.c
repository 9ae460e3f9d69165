#include "lab/lab.h"

const struct lab_experiment lab_X13 = {
    .id = "X13",
    .title = "Sends of workers may be swapped",
    .group = "more",
    .claim = "Sends from several workers may leave in the wrong order.",
    .source = LAB_TIME,
    .rounds = 3,
    .faulty = true,
    .arms = {{"a server without the lock",
              .words =
                  "run --model iocp_ordered --connections 16 --pipeline 16 "
                  "--message 1K --outstanding 16 --threads 8 --buffer 1K "
                  "--connect-timeout 1s --io-timeout 2s --tune send=unlocked"},
             {"a server with it",
              .words = "run --model iocp_ordered --connections 16 --pipeline "
                       "16 --message 1K --outstanding 16 --threads 8 --buffer "
                       "1K --tune send=locked"}},
    .parts = {{"A server that takes the turn and sends without a lock mixes "
               "the bytes",
               LAB_AT_LEAST, "/integrity/mismatches", .arm = 0, .limit = 1},
              {"A server that does both under a lock does not", LAB_EQUALS,
               "/integrity/mismatches", .arm = 1, .limit = 0}},
    .today = "Whoever answers a connection must hold its lock while it posts "
             "the send, and answer in the order of the requests.",
};
