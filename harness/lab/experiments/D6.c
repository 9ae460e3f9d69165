#include "lab/lab.h"

const struct lab_experiment lab_D6 = {
    .id = "D6",
    .title = "Workers may handle out of order",
    .group = "data",
    .claim = "With several workers, completions that were posted in order may "
             "be handled out of order; sequence numbers restore it.",
    .source = LAB_TIME,
    .rounds = 3,
    .faulty = true,
    .arms =
        {{"5,000 messages", .words = "probe ordered --messages=5000"},
         {"a server with numbers",
          .words = "run --model iocp_ordered --connections 16 --pipeline 16 "
                   "--message 1K --outstanding 16 --threads 8 --buffer 1K"},
         {"a server without the lock",
          .words = "run --model iocp_ordered --connections 16 --pipeline 16 "
                   "--message 1K --outstanding 16 --threads 8 --buffer 1K "
                   "--connect-timeout 1s --io-timeout 2s --tune post=unlocked"},
         {"a server without numbers",
          .words = "run --model iocp_ordered --connections 16 --pipeline 16 "
                   "--message 1K --outstanding 16 --threads 8 --buffer 1K "
                   "--connect-timeout 1s --io-timeout 2s --tune numbers=off"}},
    .parts = {{"One worker handles all in the order of posting", LAB_EQUALS,
               "/one_worker_out_of_order", .limit = 0},
              {"Four workers handle some out of order", LAB_AT_LEAST,
               "/unlocked_handled_out_of_order", .limit = 1},
              {"With a sequence number each message is put in its place",
               LAB_EQUALS, "/locked_wrong", .limit = 0},
              {"The number and its WSARecv must be posted under one lock",
               LAB_AT_LEAST, "/unlocked_wrong", .limit = 1},
              {"A server with numbers echoes each byte in its place",
               LAB_EQUALS, "/integrity/mismatches", .arm = 1, .limit = 0},
              {"One without numbers does not", LAB_AT_LEAST,
               "/integrity/mismatches", .arm = 3, .limit = 1},
              {"nor does one without the lock", LAB_AT_LEAST,
               "/integrity/mismatches", .arm = 2, .limit = 1}},
    .today = "With one receive at a time on a connection the question never "
             "arises. With several, take the number and post the call under "
             "one lock, and handle what comes early when its turn has come.",
};
