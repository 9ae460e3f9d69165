#include "lab/lab.h"

const struct lab_experiment lab_R1 = {
    .id = "R1",
    .title = "Pool of a socket, of an operation",
    .group = "resources",
    .claim =
        "An accepted socket costs about 1.5 KB of non-paged pool, a connected "
        "one 2 KB, a pending overlapped operation about 500 bytes.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"slopes", .words = "probe pool_slopes"}},
    .parts =
        {{"An accepted socket: about 1.5 KB", LAB_ABOUT, "/pool/accepted/slope",
          .limit = 1536, .margin = 0.5, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."},
         {"A connected socket: about 2 KB", LAB_ABOUT, "/pool/connected/slope",
          .limit = 2048, .margin = 0.5, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."},
         {"A pending operation: about 500 bytes", LAB_ABOUT,
          "/pool/zero_receive_pending/slope", .limit = 500, .margin = 0.5,
          .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."},
         {"The pool grows on a line with the sockets", LAB_AT_LEAST,
          "/pool/accepted/r_squared", .limit = 0.95, .needs = LAB_WINDOWS,
          .why = "Windows: Wine has no non-paged pool."},
         {"and with the operations", LAB_AT_LEAST,
          "/pool/zero_receive_pending/r_squared", .limit = 0.95,
          .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."}},
    .today =
        "Measure it on your Windows: the sizes changed with each version, and "
        "so did the limit of the pool.",
};
