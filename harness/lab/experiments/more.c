#include "experiments.h"

const struct lab_experiment lab_more[] = {
    {
        .id = "X1",
        .title = "A failed call queues no packet",
        .claim = "An operation that fails at once queues no completion packet; "
                 "one that succeeds or pends always does.",
        .rounds = 3,
        .arms = {{"packets", "probe completion_contract"}},
        .parts = {{"No packet after a receive that failed at once", LAB_EQUALS,
                   "/receive_failed_at_once/packets", .limit = 0},
                  {"No packet after a send that failed at once", LAB_EQUALS,
                   "/send_failed_at_once/packets", .limit = 0},
                  {"A packet after a success at once", LAB_EQUALS,
                   "/success_at_once/packets", .limit = 1},
                  {"A packet after a pending call", LAB_EQUALS,
                   "/pending/packets", .limit = 1}},
        .today =
            "The contract that every server on a port stands on. "
            "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS takes back its second half.",
    },
    {
        .id = "X2",
        .title = "Events come in order of arrival",
        .claim = "WSAAsyncSelect and WSAEventSelect serve strictly in the "
                 "order of arrival; select does not.",
        .rounds = 3,
        .arms = {{"eight sockets", "probe order_of_events"}},
        .parts = {{"WSAAsyncSelect: in the order of arrival", LAB_EQUALS,
                   "/async_select_in_order", .limit = 1},
                  {"WSAEventSelect: in the order of arrival", LAB_EQUALS,
                   "/event_select_in_order", .limit = 1},
                  {"select: not", LAB_EQUALS, "/select_in_order", .limit = 0}},
        .today = "Only queues keep an order: window messages and completion "
                 "ports. An array of events is searched from its begin, so "
                 "rotate it to be fair.",
    },
    {
        .id = "X3",
        .title = "A window for each socket",
        .claim = "With WSAAsyncSelect each socket needs a window.",
        .rounds = 2,
        .arms = {{"64 sockets, 1 window", "probe windows"}},
        .parts = {{"One window hears of one socket at most", LAB_AT_MOST,
                   "/sockets_heard", .limit = 1}},
        .today = "One message-only window serves them all: a message names its "
                 "socket.",
    },
    {
        .id = "X4",
        .title = "A send that fits is done at once",
        .claim = "A send that fits into the send buffer is done at once, one "
                 "beyond it pends.",
        .rounds = 3,
        .arms = {{"sends to a peer that never reads", "probe send_room"}},
        .parts = {{"The first sends are done at once", LAB_AT_LEAST,
                   "/sends_at_once", .limit = 1},
                  {"A later one pends while the peer does not read", LAB_EQUALS,
                   "/then_stays_pending", .limit = 1},
                  {"and completes when it does", LAB_EQUALS,
                   "/completed_after_reading", .limit = 1}},
        .today =
            "How many fit is no constant: the system adapts the buffer. Count "
            "what is pending, and stop reading from a peer that does not read.",
    },
    {
        .id = "X5",
        .title = "Acknowledged is not delivered",
        .claim = "That data was acknowledged does not mean that it was "
                 "delivered to the program.",
        .rounds = 3,
        .arms = {{"a peer that never reads", "probe ack_is_not_delivery"}},
        .parts = {{"The send returns", LAB_EQUALS, "/returned", .limit = 1},
                  {"though nothing was read", LAB_EQUALS, "/peer_read_bytes",
                   .limit = 0}},
        .today =
            "Only an answer of the peer's program says that it has the data.",
    },
    {
        .id = "X6",
        .title = "SO_SNDBUF 0 hurts less",
        .claim = "SO_SNDBUF of 0 hurts less than SO_RCVBUF of 0.",
        .rounds = 8,
        .arms =
            {{"SO_SNDBUF 0",
              "run --model iocp --connections 16 --message 1024 --sndbuf 0"},
             {"SO_RCVBUF 0", "run --model iocp --connections 16 --message 1024 "
                             "--rcvbuf 0 --io-timeout 5s"}},
        .parts = {{"It carries more", LAB_ABOVE, ROUND_TRIPS, .arm = 0,
                   .base = 1, .margin = 0.05, .needs = LAB_ARTEFACT,
                   .why = "Windows: Linux has least buffers of its own, "
                          "whatever is set."}},
        .today = "Set neither.",
    },
    {
        .id = "X7",
        .title = "Memory is alike in all models",
        .claim = "The memory of a completion port, overlapped I/O and event "
                 "selection is alike; only the processor time differs.",
        .rounds = 8,
        .arms = {{"iocp", "run --model iocp --connections 1000"},
                 {"overlapped", "run --model overlapped --connections 1000"},
                 {"event_select",
                  "run --model event_select --connections 1000"}},
        .parts = {{"overlapped takes as much memory as the port", LAB_ALIKE,
                   "/memory/loaded/working_set_bytes", .arm = 1, .base = 0,
                   .margin = 0.2},
                  {"event_select takes as much memory as the port", LAB_ALIKE,
                   "/memory/loaded/working_set_bytes", .arm = 2, .base = 0,
                   .margin = 0.2},
                  {"event_select takes as much as overlapped", LAB_ALIKE,
                   "/memory/loaded/working_set_bytes", .arm = 2, .base = 1,
                   .margin = 0.2}},
        .today = "A thread for each 63 connections is memory, too: its stack, "
                 "and what the kernel holds for it.",
    },
    {
        .id = "X8",
        .title = "Ports scale with processors",
        .claim = "The throughput of a completion port grows linearly with the "
                 "processors.",
        .rounds = 1,
        .parts = {{"It does", LAB_UNTRIED,
                   .why = "Windows with eight processors or more, and clients "
                          "on other machines."}},
        .today = "Ports share one queue among the workers; several ports, each "
                 "with its connections and its processors, share nothing.",
    },
    {
        .id = "X9",
        .title = "AcceptEx waits for a full buffer",
        .claim = "AcceptEx with a buffer waits until all of it is full (or, as "
                 "others say, for any data).",
        .rounds = 3,
        .arms = {{"10 bytes of 1,024", "probe first_data"}},
        .parts = {{"It waits for all of the buffer", LAB_EQUALS,
                   "/completed_with_bytes", .limit = 1024},
                  {"It completes with the first data", LAB_EQUALS,
                   "/completed_with_bytes", .limit = 10}},
        .today = "It is a receive like any other: the first data completes it, "
                 "however little.",
    },
    {
        .id = "X10",
        .title = "One AcceptEx waits for data at most",
        .claim =
            "While an AcceptEx waits for data, no second one can be posted.",
        .rounds = 3,
        .arms = {{"a silent client, then another", "probe first_data"}},
        .parts = {{"A second one does not complete while the first waits",
                   LAB_EQUALS, "/second_completed_while_first_waits",
                   .limit = 0}},
        .today = "Several wait side by side, each with a client of its own.",
    },
    {
        .id = "X11",
        .title = "A backlog makes AcceptEx succeed",
        .claim = "AcceptEx that is posted while connections wait in the "
                 "backlog succeeds at once.",
        .rounds = 3,
        .arms = {{"16 in the backlog", "probe first_data --silent=16"}},
        .parts =
            {{"Each completes without another client", LAB_EQUALS,
              "/backlog_completed", .limit = 16},
             {"The call itself returns TRUE", LAB_EQUALS,
              "/backlog_done_at_once", .limit = 16, .needs = LAB_WINDOWS,
              .why =
                  "Windows: Wine's AcceptEx always returns by a completion."}},
        .today = "Handle both: TRUE, and FALSE with ERROR_IO_PENDING. On a "
                 "port a completion packet follows either.",
    },
    {
        .id = "X12",
        .title = "Overlapped after a zero-byte receive",
        .claim = "After a receive of zero bytes has completed, overlapped "
                 "receives are the better way if the peer sends much.",
        .rounds = 8,
        .arms = {{"overlapped receives",
                  "run --model iocp_zero --connections 16 --message 64K --tune "
                  "then=overlapped"},
                 {"drain", "run --model iocp_zero --connections 16 --message "
                           "64K --tune then=drain"}},
        .parts = {{"They carry more than a non-blocking drain", LAB_ABOVE,
                   ROUND_TRIPS, .arm = 0, .base = 1, .margin = 0.05}},
        .today = "Choose by your traffic: the drain saves a completion when "
                 "there is little, the overlapped receive a failed call when "
                 "there is much.",
    },
    {
        .id = "X13",
        .title = "Sends of workers may be swapped",
        .claim = "Sends from several workers may leave in the wrong order.",
        .rounds = 3,
        .faulty = true,
        .arms = {{"a server without the lock",
                  UNORDERED "--tune send=unlocked"},
                 {"a server with it",
                  "run --model iocp_ordered --connections 16 --pipeline 16 "
                  "--message 1K --outstanding 16 --threads 8 --buffer 1K "
                  "--tune send=locked"}},
        .parts = {{"A server that takes the turn and sends without a lock "
                   "mixes the bytes",
                   LAB_AT_LEAST, "/integrity/mismatches", .arm = 0, .limit = 1},
                  {"A server that does both under a lock does not", LAB_EQUALS,
                   "/integrity/mismatches", .arm = 1, .limit = 0}},
        .today = "Whoever answers a connection must hold its lock while it "
                 "posts the send, and answer in the order of the requests.",
    },
    {
        .id = "X14",
        .title = "AcceptEx buffers lock pages",
        .claim = "The buffers of pending AcceptEx calls lock pages, too, and "
                 "so bound their number.",
        .rounds = 1,
        .arms = {{"slopes", "probe pool_slopes"}},
        .parts = {{"They lock pages", LAB_UNTRIED, WINE_LOCKS_NOTHING}},
        .today = "Without a receive buffer a pending AcceptEx needs room for "
                 "two addresses only, and many share a page.",
    },
    {
        .id = "X15",
        .title = "ReadFile works on sockets",
        .claim = "ReadFile and WriteFile work on sockets.",
        .rounds = 8,
        .arms = {{"500 round trips", "probe readfile"}},
        .parts = {{"Every byte arrives", LAB_EQUALS, "/wrong_messages",
                   .limit = 0},
                  {"They are as fast as WSARecv and WSASend", LAB_ALIKE,
                   "/readfile_us", .over = "/wsarecv_us", .margin = 0.1}},
        .today = "They do for a socket that is overlapped and has no layered "
                 "service provider in the way; WSARecv and WSASend take "
                 "several buffers.",
    },
    {
        .id = "X16",
        .title = "An accepted socket is cheaper",
        .claim = "Making, binding and connecting a socket take non-paged pool "
                 "each; an accepted one is cheaper, as it shares the "
                 "listener's local address.",
        .rounds = 8,
        .arms = {{"slopes", "probe pool_slopes"}},
        .parts = {{"An accepted socket takes less than a connected one",
                   LAB_BELOW, "/pool/accepted/slope",
                   .over = "/pool/connected/slope", .margin = 0.1,
                   WINE_HAS_NO_POOL}},
        .today = "See R1.",
    },
    {
        .id = "X17",
        .title = "WSAENOBUFS may mean bandwidth",
        .claim = "On WSAENOBUFS check the bandwidth, too; where the pool is "
                 "capped, WSAENOBUFS means locked pages.",
        .rounds = 1,
        .parts = {{"WSAENOBUFS comes from locked pages", LAB_UNTRIED,
                   .why = "Windows short of memory: the suite does not exhaust "
                          "the machine that it runs on."}},
        .today = "See R7.",
    },
    {.id = NULL},
};
