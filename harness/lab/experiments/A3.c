#include "lab/lab.h"

const struct lab_experiment lab_A3 = {
    .id = "A3",
    .title = "FD_ACCEPT says that none is left",
    .group = "accepting",
    .claim = "WSAEventSelect with FD_ACCEPT on the listener signals when the "
             "pending AcceptEx calls have run out: time to post more.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"15 pending", .words = "probe accept_event --pending=15"}},
    .parts = {{"The event is set by the first client that finds none pending",
               LAB_EQUALS, "/signalled_at_client", .limit = 16},
              {"The other clients were accepted before", LAB_EQUALS,
               "/accepted_before", .limit = 15},
              {"It is set again for the next one", LAB_EQUALS,
               "/signalled_again", .limit = 1}},
    .today =
        "It still works, costs nothing while enough is pending, and needs no "
        "timer. Wait for the event with RegisterWaitForSingleObject or in the "
        "thread that posts.",
};
