#include "lab/lab.h"

const struct lab_experiment lab_A9 = {
    .id = "A9",
    .title = "Sockets can be used again",
    .group = "accepting",
    .claim =
        "Sockets can be used again, after DisconnectEx or TransmitFile with "
        "TF_REUSE_SOCKET, by AcceptEx; this relieves the thread that accepts.",
    .source = LAB_TIME,
    .rounds = 8,
    .arms = {{"a second life", .words = "probe reuse"},
             {"used again",
              .words = "run --model iocp_reuse --connections 64 --pattern "
                       "churn --message 64 --tune by=disconnect"},
             {"closed",
              .words =
                  "run --model iocp_reuse --connections 64 --pattern churn "
                  "--message 64 --tune by=close"}},
    .parts =
        {{"A socket serves a second client after DisconnectEx", LAB_EQUALS,
          "/disconnect_ex/works", .limit = 1, .needs = LAB_WINDOWS,
          .why = "Windows: Wine's DisconnectEx only shuts the socket down, "
                 "and sends of its second life fail."},
         {"and after TransmitFile", LAB_EQUALS, "/transmit_file/works",
          .limit = 1, .needs = LAB_WINDOWS,
          .why = "Windows: Wine's TransmitFile does not disconnect."},
         {"More short connections are served", LAB_ABOVE,
          "/throughput/round_trips_per_s", .arm = 1, .base = 2, .margin = 0.02,
          .needs = LAB_WINDOWS,
          .why = "Windows: Wine cannot use sockets again, and the model falls "
                 "back to closing them."}},
    .today =
        "Test at start that it works, as the model iocp_reuse does, and "
        "measure it: after the server's own close a socket may first have to "
        "wait out TIME_WAIT.",
};
