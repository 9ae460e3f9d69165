#include "lab/lab.h"

const struct lab_experiment lab_D4 = {
    .id = "D4",
    .title = "A send waits for the peer's TCP",
    .group = "data",
    .claim =
        "A blocking send with SO_SNDBUF of 0 returns only when the peer's TCP "
        "has acknowledged the data; one send at a time is then very slow.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"a peer that never reads", .words = "probe ack_is_not_delivery"}},
    .parts = {{"A send returns though the peer's program has read nothing",
               LAB_EQUALS, "/returned", .limit = 1},
              {"The peer had read nothing by then", LAB_EQUALS,
               "/peer_read_bytes", .limit = 0},
              {"It waits for the acknowledgement", LAB_ABOVE, "/small_send_us",
               .over = "/usual_small_send_us", .margin = 1,
               .needs = LAB_ARTEFACT,
               .why = "Windows: Linux has a least send buffer, which takes the "
                      "data at once."},
              {"One send at a time waits for delayed acknowledgements",
               LAB_UNTRIED,
               .why = "Windows and a second machine: on loopback nothing is "
                      "delayed."}},
    .today =
        "Two small sends in a row with SO_SNDBUF of 0 meet the peer's delayed "
        "acknowledgement. Send once, with all buffers in one WSASend.",
};
