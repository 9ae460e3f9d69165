#include "lab/lab.h"

const struct lab_experiment lab_X8 = {
    .id = "X8",
    .title = "Ports scale with processors",
    .group = "more",
    .claim = "The throughput of a completion port grows linearly with the "
             "processors.",
    .source = LAB_TIME,
    .rounds = 1,
    .parts = {{"It does", LAB_UNTRIED,
               .why = "Windows with eight processors or more, and clients on "
                      "other machines."}},
    .today =
        "Ports share one queue among the workers; several ports, each with "
        "its connections and its processors, share nothing.",
};
