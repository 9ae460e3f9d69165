#include "lab/lab.h"

const struct lab_experiment lab_R2 = {
    .id = "R2",
    .title = "50,000 connections fit in 100 MB",
    .group = "resources",
    .claim = "50,000 connections with a pending operation each fit into about "
             "100 MB of non-paged pool.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"slopes", .words = "probe pool_slopes"},
             {"1,000 connections",
              .words = "run --model select --connections 1000 --message 4096"}},
    .parts =
        {{"By the slopes of R1, 50,000 of both take 100 MB", LAB_ABOUT,
          "/pool_of_50000_bytes", .limit = 100e6, .margin = 0.5,
          .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."},
         {"1,000 connections take of the pool what the slopes say, if each has "
          "a message of 4 KB in the kernel",
          LAB_ALIKE, "/pool/system_nonpaged/change_bytes",
          "/pool/of_1000_connections", .arm = 1, .base = 0, .margin = 0.5,
          .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."},
         {"1,000 connections take of Linux's TCP memory what the slopes say, "
          "if each has a message of 4 KB in the kernel",
          LAB_ALIKE, "/pool/host_tcp_memory/change_bytes",
          "/host_tcp_memory/of_1000_connections", .arm = 1, .base = 0,
          .margin = 0.5, .needs = LAB_WINE,
          .why = "Only below Wine is there a Linux kernel."},
         {"50,000 such connections, both ends of each, fit into the machine's "
          "memory",
          LAB_AT_LEAST, "/pool/connections_that_fit", .limit = 50000,
          .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."},
         {"50,000 of them fit into Linux's limit of TCP memory", LAB_AT_LEAST,
          "/host_tcp_memory/connections_that_fit", .limit = 50000,
          .needs = LAB_WINE, .why = "Only below Wine is there a Linux kernel."},
         {"A server holds as many", LAB_UNTRIED,
          .why = "Windows with 50,000 ports: iomodels book has this tier."}},
    .today = "The slopes of iomodels-probe pool_slopes and its limits say how "
             "many connections a machine holds; a client on the same machine "
             "is the other end of each. Non-paged pool is no longer what ends "
             "a server of 50,000 "
             "connections; ports and buffers are.",
};
