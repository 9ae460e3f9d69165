#include "lab/lab.h"

const struct lab_experiment lab_R2 = {
    .id = "R2",
    .group = "resources",
    .claim = "50,000 connections with a pending operation each fit into about "
             "100 MB of non-paged pool.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"slopes", .words = "probe pool_slopes"}},
    .parts = {{"By the slopes of R1, 50,000 of both take 100 MB", LAB_ABOUT,
               "/pool_of_50000_bytes", .limit = 100e6, .margin = 0.5,
               .needs = LAB_WINDOWS,
               .why = "Windows: Wine has no non-paged pool."},
              {"A server holds as many", LAB_UNTRIED,
               .why =
                   "Windows with 50,000 ports: iomodels book has this tier."}},
    .today = "Non-paged pool is no longer what ends a server of 50,000 "
             "connections; ports and buffers are.",
};
