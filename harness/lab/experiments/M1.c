/* Under Wine a thread takes four of the process's descriptors, so a limit on
 * these makes the shortage that a 32-bit address space made then. What Wine
 * says of each thread that it cannot make goes nowhere. */
#include "lab/lab.h"

const struct lab_experiment lab_M1 = {
    .id = "M1",
    .title = "A thread a connection ends at memory",
    .group = "models",
    .claim =
        "A server with a thread for each connection stops growing when "
        "CreateThread fails with ERROR_NOT_ENOUGH_MEMORY; later clients are "
        "refused.",
    .source = LAB_BOOK,
    .rounds = 2,
    .arms = {{"200 connections",
              .words = "run --model blocking --connections 200"},
             {"a limit of threads",
              .words = "run --model blocking --connections 400",
              .via = "prlimit --nofile=600:600 sh -c 'exec \"$0\" \"$@\" "
                     "2>/dev/null'"}},
    .parts =
        {{"Each connection takes a thread", LAB_AT_LEAST, "/threads/max",
          .limit = 200},
         {"When no thread can be made, CreateThread's error says so",
          LAB_AT_LEAST, "/traffic/server/refusals/ERROR_NOT_ENOUGH_MEMORY",
          .arm = 1, .limit = 1, .needs = LAB_WINE,
          .why = "A 64-bit Windows makes threads as long as it has memory: "
                 "tens of thousands, which no short run reaches."},
         {"The other clients are not served", LAB_AT_MOST,
          "/connections/connected", .arm = 1, .limit = 399, .needs = LAB_WINE,
          .why = "A 64-bit Windows makes threads as long as it has memory: "
                 "tens of thousands, which no short run reaches."}},
    .today =
        "The limit of the address space is gone with 32 bits; the memory of a "
        "thread and the cost of switching to it are not. Blocking is still "
        "the simplest server for some hundred connections. Handle the "
        "failure of CreateThread: refuse that client and go on.",
};
