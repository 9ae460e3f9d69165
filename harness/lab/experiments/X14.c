#include "lab/lab.h"

const struct lab_experiment lab_X14 = {
    .id = "X14",
    .title = "AcceptEx buffers lock pages",
    .group = "more",
    .claim =
        "The buffers of pending AcceptEx calls lock pages, too, and so bound "
        "their number.",
    .source = LAB_TIME,
    .rounds = 1,
    .arms = {{"slopes", .words = "probe pool_slopes"}},
    .parts = {{"They lock pages", LAB_UNTRIED,
               .why = "Windows: Wine locks nothing."}},
    .today = "Without a receive buffer a pending AcceptEx needs room for two "
             "addresses only, and many share a page.",
};
