#include "experiments.h"

/* Ten connections have traffic; or all have, at one rate. */
#define SPARSE(model, connections)                                             \
    "run --model " model " --connections " connections                         \
    " --pattern sparse --active 10"
#define PACED(model, connections)                                              \
    "run --model " model " --connections " connections                         \
    " --pattern paced --message 512 --rate 1M"
#define WINDOWS_MAKES_MORE_THREADS                                             \
    .needs = LAB_WINE,                                                         \
    .why = "A 64-bit Windows makes threads as long as it has memory: tens of " \
           "thousands, which no short run reaches."

const struct lab_experiment lab_models[] = {
    /* Under Wine a thread takes four of the process's descriptors, so a limit
     * on these makes the shortage that a 32-bit address space made then. What
     * Wine says of each thread that it cannot make goes nowhere. */
    {
        .id = "M1",
        .title = "A thread a connection ends at memory",
        .claim = "A server with a thread for each connection stops growing "
                 "when CreateThread fails with ERROR_NOT_ENOUGH_MEMORY; later "
                 "clients are refused.",
        .rounds = 2,
        .arms = {{"200 connections", "run --model blocking --connections 200"},
                 {"a limit of threads",
                  "run --model blocking --connections 400"}},
        .via = {[1] = "prlimit --nofile=600:600 sh -c 'exec \"$0\" \"$@\" "
                      "2>/dev/null'"},
        .parts = {{"Each connection takes a thread", LAB_AT_LEAST,
                   "/threads/max", .limit = 200},
                  {"When no thread can be made, CreateThread's error says so",
                   LAB_AT_LEAST,
                   "/traffic/server/refusals/ERROR_NOT_ENOUGH_MEMORY", .arm = 1,
                   .limit = 1, WINDOWS_MAKES_MORE_THREADS},
                  {"The other clients are not served", LAB_AT_MOST,
                   "/connections/connected", .arm = 1, .limit = 399,
                   WINDOWS_MAKES_MORE_THREADS}},
        .today =
            "The limit of the address space is gone with 32 bits; the memory "
            "of a thread and the cost of switching to it are not. Blocking is "
            "still the simplest server for some hundred connections. Handle "
            "the failure of CreateThread: refuse that client and go on.",
    },
    {
        .id = "M2",
        .title = "Polling burns a processor",
        .claim = "Non-blocking sockets that are polled use nearly all of a "
                 "processor whatever the traffic, and get little done with "
                 "many connections.",
        .rounds = 8,
        .arms = {{"nonblocking, 500 paced",
                  "run --model nonblocking --connections 500 --pattern paced "
                  "--message 64 --rate 16000"},
                 {"iocp, 500 paced",
                  "run --model iocp --connections 500 --pattern paced "
                  "--message 64 --rate 16000"},
                 {"nonblocking, 10 of 1,010 active",
                  SPARSE("nonblocking", "1010")},
                 {"iocp, 10 of 1,010 active", SPARSE("iocp", "1010")}},
        .parts = {{"For the same messages it takes at least twice the "
                   "processor time of a completion port",
                   LAB_ABOVE, CPU_TIME, .arm = 0, .base = 1, .margin = 1},
                  {"With few connections active among many it gets less than "
                   "half done",
                   LAB_BELOW, ROUND_TRIPS, .arm = 2, .base = 3, .margin = 1},
                  {"Unread data fills the non-paged pool", LAB_ABOVE,
                   "/pool/system_nonpaged/change_bytes", .arm = 0, .base = 1,
                   .margin = 0.5, WINE_HAS_NO_POOL}},
        .today =
            "Never poll sockets: let the kernel say which of them are ready.",
    },
    {
        .id = "M3",
        .title = "select grows linearly",
        .claim = "The cost of select grows linearly with the sockets that it "
                 "watches, since the set is built and scanned anew each time.",
        .rounds = 8,
        .arms = {{"select, none idle", SPARSE("select", "10")},
                 {"select, 500 idle", SPARSE("select", "510")},
                 {"select, 2,000 idle", SPARSE("select", "2010")},
                 {"iocp, none idle", SPARSE("iocp", "10")},
                 {"iocp, 2,000 idle", SPARSE("iocp", "2010")},
                 {"sets", "probe fdset"}},
        .x = {10, 510, 2010},
        .parts = {{"With ten active connections, 2,000 idle ones slow select "
                   "down to less than half",
                   LAB_BELOW, ROUND_TRIPS, .arm = 2, .base = 0, .margin = 1},
                  {"The processor time of a round trip grows on a line with "
                   "the number of sockets",
                   LAB_LINEAR, CPU_TIME, .arm = 2, .base = 0, .limit = 0.85},
                  {"A completion port does not mind idle connections",
                   LAB_ALIKE, ROUND_TRIPS, .arm = 4, .base = 3, .margin = 0.2},
                  {"A set holds 64 sockets unless FD_SETSIZE is raised before "
                   "the headers",
                   LAB_EQUALS, "/usual_fd_setsize", .arm = 5, .limit = 64},
                  {"nfds is ignored: with 0 the last socket of a set is found",
                   LAB_EQUALS, "/found_last", .arm = 5, .limit = 1}},
        .today = "select is for programs with a few dozen sockets, of which "
                 "most are busy. WSAPoll has no limit of sockets, but the same "
                 "linear cost. For many connections that mostly rest, use "
                 "overlapped receives.",
    },
    {
        .id = "M4",
        .title = "WSAAsyncSelect clogs",
        .claim = "WSAAsyncSelect: the message pump clogs, and of many clients "
                 "about a third get in. FD_WRITE comes only after a connect, "
                 "an accept or a send that would block.",
        .rounds = 2,
        .arms = {{"2,000 clients",
                  "run --model async_select --connections 2000"},
                 {"FD_WRITE", "probe fd_write"}},
        .parts = {{"Less than half of 2,000 clients get in", LAB_AT_MOST,
                   "/connections/connected", .arm = 0, .limit = 999},
                  {"FD_WRITE comes after connect", LAB_EQUALS, "/after_connect",
                   .arm = 1, .limit = 1},
                  {"FD_WRITE comes after accept", LAB_EQUALS, "/after_accept",
                   .arm = 1, .limit = 1},
                  {"It does not come after a send that did not block",
                   LAB_EQUALS, "/after_send", .arm = 1, .limit = 0},
                  {"After a send that would block it comes once there is room",
                   LAB_EQUALS, "/after_room", .arm = 1, .limit = 1}},
        .today = "Try to send at once, and wait for FD_WRITE only after "
                 "WSAEWOULDBLOCK. Window messages are for programs that have "
                 "windows; the queue of a thread holds 10,000 posted messages, "
                 "and notifications beyond that are lost.",
    },
    {
        .id = "M5",
        .title = "WSAEventSelect is surprisingly good",
        .claim = "WSAEventSelect is surprisingly good; since a thread waits "
                 "for 64 events at most, a pool of threads must grow with the "
                 "connections. It ends in WSAENOBUFS.",
        .rounds = 8,
        .arms = {{"event_select", "run --model event_select --connections 630"},
                 {"select", "run --model select --connections 630"},
                 {"limits", "probe limits64"}},
        .parts =
            {{"It serves more than select", LAB_ABOVE, ROUND_TRIPS, .arm = 0,
              .base = 1, .margin = 0.05},
             {"It takes at most a tenth of the threads of a thread for each",
              LAB_AT_MOST, "/threads/max", .arm = 0, .limit = 63},
             {"630 connections need ten threads for them", LAB_AT_LEAST,
              "/threads/max", .arm = 0, .limit = 10},
             {"A thread waits for 64 events at most", LAB_EQUALS,
              "/most_events", .arm = 2, .limit = 64},
             {"A wait for 65 fails with ERROR_INVALID_PARAMETER", LAB_EQUALS,
              "/code_of_65", .arm = 2, .limit = 87},
             {"It ends in WSAENOBUFS", LAB_UNTRIED,
              .why = "Windows with so little memory that the non-paged pool "
                     "ends; it may take the system down with it."}},
        .today = "A good choice for a program with some dozens of sockets and "
                 "other events to wait for. Beyond 64 of them a completion "
                 "port is less code, not more.",
    },
    {
        .id = "M6",
        .title = "Overlapped is like WSAEventSelect",
        .claim = "Overlapped I/O with events is like WSAEventSelect: both are "
                 "bounded by threads and context switches. A result may be "
                 "there at once.",
        .rounds = 8,
        .arms = {{"overlapped", "run --model overlapped --connections 630"},
                 {"event_select", "run --model event_select --connections 630"},
                 {"sends", "probe send_room"}},
        .parts = {{"Both serve alike", LAB_ALIKE, ROUND_TRIPS, .arm = 0,
                   .base = 1, .margin = 0.1},
                  {"Both need the same number of threads", LAB_ALIKE,
                   "/threads/max", .arm = 0, .base = 1, .margin = 0.1},
                  {"A send that finds room is done at once", LAB_AT_LEAST,
                   "/sends_at_once", .arm = 2, .limit = 1}},
        .today =
            "The 64 events of a thread are the same limit in both. Overlapped "
            "receives save the call that asks what happened. Handle a result "
            "that is there at once; where a port is told so by "
            "SetFileCompletionNotificationModes, no completion follows.",
    },
    {
        .id = "M7",
        .title = "Completion routines are like it",
        .claim = "Completion routines perform like overlapped I/O with events; "
                 "they run only in an alertable wait, first in first out, on "
                 "the thread that posted the call.",
        .rounds = 8,
        .arms = {{"apc", "run --model apc --connections 500"},
                 {"overlapped", "run --model overlapped --connections 500"},
                 {"waits", "probe alertable"}},
        .parts = {{"They serve alike", LAB_ALIKE, ROUND_TRIPS, .arm = 0,
                   .base = 1, .margin = 0.1},
                  {"No routine of eight runs outside an alertable wait",
                   LAB_EQUALS, "/SleepEx/ran_before", .arm = 2, .limit = 0},
                  {"SleepEx runs all eight", LAB_EQUALS, "/SleepEx/ran",
                   .arm = 2, .limit = 8},
                  {"WaitForSingleObjectEx runs all eight", LAB_EQUALS,
                   "/WaitForSingleObjectEx/ran", .arm = 2, .limit = 8},
                  {"WaitForMultipleObjectsEx runs all eight", LAB_EQUALS,
                   "/WaitForMultipleObjectsEx/ran", .arm = 2, .limit = 8},
                  {"WSAWaitForMultipleEvents runs all eight", LAB_EQUALS,
                   "/WSAWaitForMultipleEvents/ran", .arm = 2, .limit = 8},
                  {"MsgWaitForMultipleObjectsEx runs all eight", LAB_EQUALS,
                   "/MsgWaitForMultipleObjectsEx/ran", .arm = 2, .limit = 8},
                  {"SignalObjectAndWait runs all eight", LAB_EQUALS,
                   "/SignalObjectAndWait/ran", .arm = 2, .limit = 8},
                  {"They run first in first out", LAB_EQUALS,
                   "/SleepEx/in_order", .arm = 2, .limit = 1},
                  {"and on the thread that posted", LAB_EQUALS,
                   "/ran_on_other_threads", .arm = 2, .limit = 0}},
        .today = "Completion routines have no limit of 64 and need no port, "
                 "but they bind a connection to its thread: nothing balances "
                 "the threads. A thread that never waits alertably starves its "
                 "connections.",
    },
    {
        .id = "M8",
        .title = "The completion port is best of all",
        .claim = "The completion port is best of all: it takes less processor "
                 "time than events for the same traffic, and carries more.",
        .rounds = 8,
        .arms = {{"iocp, 100", PACED("iocp", "100")},
                 {"event_select, 100", PACED("event_select", "100")},
                 {"iocp, 2,000", PACED("iocp", "2000")},
                 {"event_select, 2,000", PACED("event_select", "2000")},
                 {"iocp, one at a time",
                  "run --model iocp --connections 1000 --tune batch=1"},
                 {"iocp, as fast as it can",
                  "run --model iocp --connections 1000"},
                 {"event_select, as fast as it can",
                  "run --model event_select --connections 1000"}},
        .parts =
            {{"Less processor time at the same rate, 100 connections",
              LAB_BELOW, CPU_TIME, .arm = 0, .base = 1, .margin = 0.05},
             {"Less processor time at the same rate, 2,000 connections",
              LAB_BELOW, CPU_TIME, .arm = 2, .base = 3, .margin = 0.05},
             {"More round trips/s with 1,000 connections, in batches of "
              "GetQueuedCompletionStatusEx",
              LAB_ABOVE, ROUND_TRIPS, .arm = 5, .base = 6, .margin = 0.05},
             {"More of them when it takes one completion at a time, as in 2002",
              LAB_ABOVE, ROUND_TRIPS, .arm = 4, .base = 6, .margin = 0.05},
             {"2,000 connections need no more threads than 100", LAB_ALIKE,
              "/threads/max", .arm = 2, .base = 0, .margin = 0.1}},
        .today = "The port's advantage grows with the number of connections "
                 "and of processors; with few of either it may not show. It is "
                 "the one model whose threads are as many as the processors, "
                 "however many connections there are.",
    },
    {.id = NULL},
};
