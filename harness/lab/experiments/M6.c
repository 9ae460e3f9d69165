#include "lab/lab.h"

const struct lab_experiment lab_M6 = {
    .id = "M6",
    .title = "Overlapped is like WSAEventSelect",
    .group = "models",
    .claim =
        "Overlapped I/O with events is like WSAEventSelect: both are bounded "
        "by threads and context switches. A result may be there at once.",
    .source = LAB_BOOK,
    .rounds = 8,
    .arms = {{"overlapped",
              .words = "run --model overlapped --connections 630"},
             {"event_select",
              .words = "run --model event_select --connections 630"},
             {"sends", .words = "probe send_room"}},
    .parts = {{"Both serve alike", LAB_ALIKE, "/throughput/round_trips_per_s",
               .arm = 0, .base = 1, .margin = 0.1},
              {"Both need the same number of threads", LAB_ALIKE,
               "/threads/max", .arm = 0, .base = 1, .margin = 0.1},
              {"A send that finds room is done at once", LAB_AT_LEAST,
               "/sends_at_once", .arm = 2, .limit = 1}},
    .today = "The 64 events of a thread are the same limit in both. Overlapped "
             "receives save the call that asks what happened. Handle a result "
             "that is there at once; where a port is told so by "
             "SetFileCompletionNotificationModes, no completion follows.",
};
