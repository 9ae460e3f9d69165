#include "experiments.h"

/* Short connections; a model option follows. */
#define CHURN(model)                                                           \
    "run --model " model                                                       \
    " --connections 64 --pattern churn --message 64 --tune "

const struct lab_experiment lab_accepting[] = {
    {
        .id = "A1",
        .title = "A burst waits in the backlog",
        .claim =
            "A burst of clients larger than the number of pending AcceptEx "
            "calls is not refused while the backlog has room: with 15 pending "
            "and a backlog of 200, 50 clients get in and 35 of them wait.",
        .rounds = 3,
        .arms = {{"backlog 200",
                  "probe burst --pending=15 --clients=50 --backlog=200"},
                 {"backlog 10", "probe burst --pending=15 --clients=50 "
                                "--backlog=10 --wait-ms=300"}},
        .parts = {{"All 50 clients connect", LAB_EQUALS, "/connected",
                   .limit = 50},
                  {"35 of them wait in the backlog", LAB_EQUALS,
                   "/accepted_from_backlog", .limit = 35},
                  {"With a backlog of 10, some clients do not get in",
                   LAB_AT_MOST, "/connected", .arm = 1, .limit = 49},
                  {"They are refused", LAB_AT_LEAST, "/refused", .arm = 1,
                   .limit = 1, .needs = LAB_ARTEFACT,
                   .why = "Windows: Linux drops what does not fit into the "
                          "backlog, and the client tries again."}},
        .today = "Give listen() a large backlog and do not post an AcceptEx "
                 "for each client of a burst.",
    },
    {
        .id = "A2",
        .title = "More AcceptEx help short connections",
        .claim = "More pending AcceptEx calls help short connections, not long "
                 "ones; their number belongs between a least and a most, and "
                 "adapts.",
        .rounds = 8,
        .arms = {{"churn, 1", CHURN("iocp_accept") "depth=fixed --tune most=1"},
                 {"churn, 16",
                  CHURN("iocp_accept") "depth=fixed --tune most=16"},
                 {"churn, 1,024",
                  CHURN("iocp_accept") "depth=fixed --tune most=1024"},
                 {"churn, adaptive",
                  CHURN("iocp_accept") "depth=adaptive --tune least=1"},
                 {"echo, 1", "run --model iocp_accept --connections 64 --tune "
                             "depth=fixed --tune most=1"},
                 {"echo, 16", "run --model iocp_accept --connections 64 --tune "
                              "depth=fixed --tune most=16"}},
        .parts = {{"Short connections: 16 pending serve more than 1", LAB_ABOVE,
                   ROUND_TRIPS, .arm = 1, .base = 0, .margin = 0.1},
                  {"Short connections: 1,024 serve no more than 16", LAB_BELOW,
                   ROUND_TRIPS, .arm = 2, .base = 1, .margin = 0},
                  {"An adaptive number serves more than 1, too", LAB_ABOVE,
                   ROUND_TRIPS, .arm = 3, .base = 0, .margin = 0.1},
                  {"Long connections: 16 or 1 make no difference", LAB_ALIKE,
                   ROUND_TRIPS, .arm = 5, .base = 4, .margin = 0.1}},
        .today = "Some dozens of pending AcceptEx calls are enough where "
                 "connections are short; each one more costs a socket.",
    },
    {
        .id = "A3",
        .title = "FD_ACCEPT says that none is left",
        .claim = "WSAEventSelect with FD_ACCEPT on the listener signals when "
                 "the pending AcceptEx calls have run out: time to post more.",
        .rounds = 3,
        .arms = {{"15 pending", "probe accept_event --pending=15"}},
        .parts =
            {{"The event is set by the first client that finds none pending",
              LAB_EQUALS, "/signalled_at_client", .limit = 16},
             {"The other clients were accepted before", LAB_EQUALS,
              "/accepted_before", .limit = 15},
             {"It is set again for the next one", LAB_EQUALS,
              "/signalled_again", .limit = 1}},
        .today = "It still works, costs nothing while enough is pending, and "
                 "needs no timer. Wait for the event with "
                 "RegisterWaitForSingleObject or in the thread that posts.",
    },
    {
        .id = "A4",
        .title = "AcceptEx with a buffer can starve",
        .claim = "AcceptEx with a receive buffer saves a call, but does not "
                 "complete before the first data: silent clients use up the "
                 "pending calls.",
        .rounds = 16,
        .arms = {{"silent clients", "probe first_data"},
                 {"first data", CHURN("iocp_accept") "first_bytes=64"},
                 {"none", CHURN("iocp_accept") "first_bytes=0"}},
        .parts = {{"It serves more short connections", LAB_ABOVE, ROUND_TRIPS,
                   .arm = 1, .base = 2, .margin = 0.02},
                  {"It does not complete without data", LAB_EQUALS,
                   "/completed_without_data", .limit = 0},
                  {"With as many silent clients as pending calls, no other "
                   "client is served",
                   LAB_EQUALS, "/served_before_sweep", .limit = 0}},
        .today = "Do not give AcceptEx a receive buffer unless something "
                 "closes silent clients: what it saves is little, and what it "
                 "costs is the service.",
    },
    {
        .id = "A5",
        .title = "SO_CONNECT_TIME finds silent clients",
        .claim = "getsockopt(SO_CONNECT_TIME) on the sockets of pending "
                 "AcceptEx calls finds silent clients (seconds connected, or "
                 "-1), and closing such a socket frees its place.",
        .rounds = 3,
        .arms = {{"16 silent clients", "probe first_data --silent=16"}},
        .parts = {{"Without a client the time is -1", LAB_EQUALS,
                   "/connect_time_without_client", .limit = 0},
                  {"A client that sends nothing has a time", LAB_EQUALS,
                   "/connect_time_while_it_waits", .limit = 1},
                  {"A sweep finds all silent clients", LAB_EQUALS,
                   "/found_by_sweep", .limit = 16},
                  {"After it all others are served", LAB_EQUALS,
                   "/served_after_sweep", .limit = 16}},
        .today = "The one defence of AcceptEx with a receive buffer: sweep "
                 "regularly, and when FD_ACCEPT signals that no call is left.",
    },
    {
        .id = "A6",
        .title = "Closed AcceptEx sockets stay",
        .claim =
            "Do not close a socket whose AcceptEx has no client yet: what the "
            "kernel holds for it stays until one comes or the listener closes.",
        .rounds = 3,
        .arms = {{"32 closed", "probe close_accept --accepts=32"}},
        .parts = {{"The call does not end with its socket", LAB_EQUALS,
                   "/completed", .limit = 0},
                  {"Its memory in the non-paged pool stays", LAB_UNTRIED,
                   .why = "Windows, by iomodels-probe close_accept "
                          "--accepts=10000: Wine has no non-paged pool."}},
        .today = "Where the call ends with its socket, closing frees the place "
                 "at once. A server that cannot be sure keeps the socket and "
                 "uses it for the next client.",
    },
    {
        .id = "A7",
        .title = "Post AcceptEx from its own thread",
        .claim = "Making sockets is expensive: post AcceptEx from a thread of "
                 "its own, never from a worker.",
        .rounds = 16,
        .arms = {{"by workers", CHURN("iocp_accept") "poster=worker"},
                 {"by a thread", CHURN("iocp_accept") "poster=thread"}},
        .parts =
            {{"Workers that make the sockets serve fewer short connections",
              LAB_BELOW, ROUND_TRIPS, .arm = 0, .base = 1, .margin = 0.02}},
        .today = "Worth a thread where connections are short; where they stay, "
                 "nobody will see the difference.",
    },
    {
        .id = "A8",
        .title = "Fetch AcceptEx's pointer once",
        .claim = "AcceptEx of mswsock.lib asks WSAIoctl for the function's "
                 "pointer on every call: fetch it once.",
        .rounds = 8,
        .arms = {{"calls", "probe pointer"}},
        .parts =
            {{"A look-up with each call makes it cost at least 1.2 times as "
              "much",
              LAB_ABOVE, "/looked_up_ns", .over = "/cached_ns", .margin = 0.2},
             {"The library's function costs as much as a look-up each time",
              LAB_ALIKE, "/library_ns", .over = "/looked_up_ns", .margin = 0.1,
              .needs = LAB_ARTEFACT,
              .why = "Windows: Wine's mswsock.dll is not the one that the "
                     "claim is about."}},
        .today = "Fetch the pointer once, when the listener is made: it is ten "
                 "lines.",
    },
    {
        .id = "A9",
        .title = "Sockets can be used again",
        .claim = "Sockets can be used again, after DisconnectEx or "
                 "TransmitFile with TF_REUSE_SOCKET, by AcceptEx; this "
                 "relieves the thread that accepts.",
        .rounds = 8,
        .arms = {{"a second life", "probe reuse"},
                 {"used again", CHURN("iocp_reuse") "by=disconnect"},
                 {"closed", CHURN("iocp_reuse") "by=close"}},
        .parts = {{"A socket serves a second client after DisconnectEx",
                   LAB_EQUALS, "/disconnect_ex/works", .limit = 1,
                   .needs = LAB_WINDOWS,
                   .why = "Windows: Wine's DisconnectEx only shuts the socket "
                          "down, and sends of its second life fail."},
                  {"and after TransmitFile", LAB_EQUALS, "/transmit_file/works",
                   .limit = 1, .needs = LAB_WINDOWS,
                   .why = "Windows: Wine's TransmitFile does not disconnect."},
                  {"More short connections are served", LAB_ABOVE, ROUND_TRIPS,
                   .arm = 1, .base = 2, .margin = 0.02, .needs = LAB_WINDOWS,
                   .why = "Windows: Wine cannot use sockets again, and the "
                          "model falls back to closing them."}},
        .today = "Test at start that it works, as the model iocp_reuse does, "
                 "and measure it: after the server's own close a socket may "
                 "first have to wait out TIME_WAIT.",
    },
    {.id = NULL},
};
