#include "lab/lab.h"

const struct lab_experiment lab_D9 = {
    .id = "D9",
    .title = "A look-aside list beats the heap",
    .group = "data",
    .claim =
        "A look-aside list for the structures of operations beats the heap.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"blocks", .words = "probe heap"},
             {"look-aside list",
              .words =
                  "run --model iocp_zero --connections 100 --pool lookaside"},
             {"heap",
              .words = "run --model iocp_zero --connections 100 --pool heap"}},
    .parts = {{"Taking and giving back is faster, one thread", LAB_BELOW,
               "/list_ns", .over = "/heap_ns", .margin = 0.1},
              {"Taking and giving back is faster, four threads", LAB_BELOW,
               "/threads_list_ns", .over = "/threads_heap_ns", .margin = 0.1},
              {"A server's clients notice it", LAB_ABOVE,
               "/throughput/round_trips_per_s", .arm = 1, .base = 2,
               .margin = 0.05}},
    .today =
        "The list is faster, and a round trip is a thousand times as long: "
        "use whichever is less code. Keeping the structure within the "
        "connection's is least of all.",
};
