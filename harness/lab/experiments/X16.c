#include "lab/lab.h"

const struct lab_experiment lab_X16 = {
    .id = "X16",
    .title = "An accepted socket is cheaper",
    .group = "more",
    .claim =
        "Making, binding and connecting a socket take non-paged pool each; an "
        "accepted one is cheaper, as it shares the listener's local address.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"slopes", .words = "probe pool_slopes"}},
    .parts = {{"An accepted socket takes less than a connected one", LAB_BELOW,
               "/pool/accepted/slope", .over = "/pool/connected/slope",
               .margin = 0.1, .needs = LAB_WINDOWS,
               .why = "Windows: Wine has no non-paged pool."}},
    .today = "See R1.",
};
