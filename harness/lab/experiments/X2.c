#include "lab/lab.h"

const struct lab_experiment lab_X2 = {
    .id = "X2",
    .title = "Events come in order of arrival",
    .group = "more",
    .claim = "WSAAsyncSelect and WSAEventSelect serve strictly in the order of "
             "arrival; select does not.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"eight sockets", .words = "probe order_of_events"}},
    .parts = {{"WSAAsyncSelect: in the order of arrival", LAB_EQUALS,
               "/async_select_in_order", .limit = 1},
              {"WSAEventSelect: in the order of arrival", LAB_EQUALS,
               "/event_select_in_order", .limit = 1},
              {"select: not", LAB_EQUALS, "/select_in_order", .limit = 0}},
    .today =
        "Only queues keep an order: window messages and completion ports. "
        "An array of events is searched from its begin, so rotate it to be "
        "fair.",
};
