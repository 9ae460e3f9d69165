#include "lab/lab.h"

const struct lab_experiment lab_A8 = {
    .id = "A8",
    .title = "Fetch AcceptEx's pointer once",
    .group = "accepting",
    .claim =
        "AcceptEx of mswsock.lib asks WSAIoctl for the function's pointer on "
        "every call: fetch it once.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"calls", .words = "probe pointer"}},
    .parts =
        {{"A look-up with each call makes it cost at least 1.2 times as much",
          LAB_ABOVE, "/looked_up_ns", .over = "/cached_ns", .margin = 0.2},
         {"The library's function costs as much as a look-up each time",
          LAB_ALIKE, "/library_ns", .over = "/looked_up_ns", .margin = 0.1,
          .needs = LAB_ARTEFACT,
          .why = "Windows: Wine's mswsock.dll is not the one that the claim "
                 "is about."}},
    .today =
        "Fetch the pointer once, when the listener is made: it is ten lines.",
};
