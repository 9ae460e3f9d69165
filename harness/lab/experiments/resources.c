#include "experiments.h"

#define WINE_ONLY_WRITES                                                       \
    .needs = LAB_WINDOWS,                                                      \
    .why = "Windows: Wine locks nothing, it only writes to the buffer."
#define ONLY_LINUX                                                             \
    .needs = LAB_WINE, .why = "Only below Wine is there a Linux kernel."

const struct lab_experiment lab_resources[] = {
    {
        .id = "R1",
        .title = "Pool of a socket, of an operation",
        .claim = "An accepted socket costs about 1.5 KB of non-paged pool, a "
                 "connected one 2 KB, a pending overlapped operation about 500 "
                 "bytes.",
        .rounds = 3,
        .arms = {{"slopes", "probe pool_slopes"}},
        .parts = {{"An accepted socket: about 1.5 KB", LAB_ABOUT,
                   "/pool/accepted/slope", .limit = 1536, .margin = 0.5,
                   WINE_HAS_NO_POOL},
                  {"A connected socket: about 2 KB", LAB_ABOUT,
                   "/pool/connected/slope", .limit = 2048, .margin = 0.5,
                   WINE_HAS_NO_POOL},
                  {"A pending operation: about 500 bytes", LAB_ABOUT,
                   "/pool/zero_receive_pending/slope", .limit = 500,
                   .margin = 0.5, WINE_HAS_NO_POOL},
                  {"The pool grows on a line with the sockets", LAB_AT_LEAST,
                   "/pool/accepted/r_squared", .limit = 0.95, WINE_HAS_NO_POOL},
                  {"and with the operations", LAB_AT_LEAST,
                   "/pool/zero_receive_pending/r_squared", .limit = 0.95,
                   WINE_HAS_NO_POOL}},
        .today = "Measure it on your Windows: the sizes changed with each "
                 "version, and so did the limit of the pool.",
    },
    {
        .id = "R2",
        .title = "50,000 connections fit in 100 MB",
        .claim = "50,000 connections with a pending operation each fit into "
                 "about 100 MB of non-paged pool.",
        .rounds = 8,
        .arms = {{"slopes", "probe pool_slopes"},
                 {"1,000 connections",
                  "run --model select --connections 1000 --message 4096"}},
        .parts =
            {{"By the slopes of R1, 50,000 of both take 100 MB", LAB_ABOUT,
              "/pool_of_50000_bytes", .limit = 100e6, .margin = 0.5,
              WINE_HAS_NO_POOL},
             {"1,000 connections take of the pool what the slopes say, if each "
              "has a message of 4 KB in the kernel",
              LAB_ALIKE, "/pool/system_nonpaged/change_bytes",
              "/pool/of_1000_connections", .arm = 1, .base = 0, .margin = 0.5,
              WINE_HAS_NO_POOL},
             {"1,000 connections take of Linux's TCP memory what the slopes "
              "say, if each has a message of 4 KB in the kernel",
              LAB_ALIKE, "/pool/host_tcp_memory/change_bytes",
              "/host_tcp_memory/of_1000_connections", .arm = 1, .base = 0,
              .margin = 0.5, ONLY_LINUX},
             {"50,000 such connections, both ends of each, fit into the "
              "machine's memory",
              LAB_AT_LEAST, "/pool/connections_that_fit", .limit = 50000,
              WINE_HAS_NO_POOL},
             {"50,000 of them fit into Linux's limit of TCP memory",
              LAB_AT_LEAST, "/host_tcp_memory/connections_that_fit",
              .limit = 50000, ONLY_LINUX},
             {"A server holds as many", LAB_UNTRIED,
              .why =
                  "Windows with 50,000 ports: iomodels book has this tier."}},
        .today =
            "The slopes of iomodels-probe pool_slopes and its limits say how "
            "many connections a machine holds; a client on the same machine is "
            "the other end of each. Non-paged pool is no longer what ends a "
            "server of 50,000 connections; ports and buffers are.",
    },
    {
        .id = "R3",
        .title = "Pending buffers lock pages: 1/8",
        .claim =
            "Buffers of pending overlapped operations are locked pages, of "
            "which about 1/8 of the memory is the limit; beyond it operations "
            "fail with WSAENOBUFS or ERROR_INSUFFICIENT_RESOURCES.",
        .rounds = 2,
        .arms = {{"256 MB pending", "probe working_set"}},
        .parts =
            {{"Pending receives of 256 MB fail", LAB_AT_LEAST, "/last_code",
              .limit = 998, .needs = LAB_WINDOWS, WINE_LOCKS_NOTHING},
             {"Their pages are in the working set", LAB_AT_LEAST,
              "/working_set_growth_bytes", .limit = 200e6, .needs = LAB_WINDOWS,
              .why = "Windows: under Wine the program itself brings them in."}},
        .today = "Count what is pending at most, in bytes of whole pages, and "
                 "cap it.",
    },
    {
        .id = "R4",
        .title = "Align buffers to pages",
        .claim = "Locking goes by pages: a buffer of 1 KB locks 4 KB, and one "
                 "that crosses the boundary of pages locks two. Use multiples "
                 "of pages that are aligned to them.",
        .rounds = 16,
        .arms = {{"1,000 receives of 1 KB", "probe straddle"},
                 {"across a boundary",
                  "run --model iocp --connections 100 --buffer-offset 2048"},
                 {"aligned",
                  "run --model iocp --connections 100 --buffer-offset 0"}},
        .parts = {{"A pending receive of 1 KB brings in a page", LAB_ABOUT,
                   "/aligned_growth_bytes", .limit = 4096, .margin = 0.1,
                   WINE_ONLY_WRITES},
                  {"A pending receive across a boundary brings in two pages",
                   LAB_ABOUT, "/straddling_growth_bytes", .limit = 8192,
                   .margin = 0.1, WINE_ONLY_WRITES},
                  {"A buffer across a boundary costs a server speed", LAB_BELOW,
                   ROUND_TRIPS, .arm = 1, .base = 2, .margin = 0.05},
                  {"and processor time", LAB_ABOVE, CPU_TIME, .arm = 1,
                   .base = 2, .margin = 0.05},
                  {"These pages are locked", LAB_UNTRIED, WINE_LOCKS_NOTHING}},
        .today =
            "Aligned buffers are free to have (VirtualAlloc, _aligned_malloc) "
            "and halve what is locked; do not expect them to be faster.",
    },
    {
        .id = "R5",
        .title = "Zero-byte receives save memory",
        .claim = "A receive of zero bytes locks nothing; when it completes, "
                 "data is read without blocking until WSAEWOULDBLOCK. It "
                 "trades throughput for connections.",
        .rounds = 8,
        .arms = {{"zero bytes", "run --model iocp_zero --connections 100"},
                 {"whole buffers",
                  "run --model iocp --connections 100 --tune batch=1"},
                 {"zero bytes, idle", "run --model iocp_zero --connections 300 "
                                      "--pattern idle --buffer 64K"},
                 {"whole buffers, idle", "run --model iocp --connections 300 "
                                         "--pattern idle --buffer 64K"}},
        .parts = {{"It costs throughput", LAB_BELOW, ROUND_TRIPS, .arm = 0,
                   .base = 1, .margin = 0.05},
                  {"An idle connection takes less memory", LAB_BELOW,
                   "/memory/per_connection_bytes", .arm = 2, .base = 3,
                   .margin = 0.2},
                  {"It locks no pages", LAB_UNTRIED, WINE_LOCKS_NOTHING}},
        .today =
            "For many connections that mostly rest. Cap what is read at a "
            "time: a drain until WSAEWOULDBLOCK starves the other connections.",
    },
    {
        .id = "R6",
        .title = "The pool ends: cap connections",
        .claim = "Non-paged pool ends at a fourth of the memory, may take the "
                 "system down with it and cannot be seen coming: a server must "
                 "cap its connections and pending operations.",
        .rounds = 2,
        .arms = {{"a cap of 50", "run --model iocp --connections 100 "
                                 "--max-connections 50 --connect-timeout 2s"}},
        .parts = {{"A cap holds, and refuses the others by name", LAB_AT_LEAST,
                   "/traffic/server/refusals/connection_limit", .limit = 1},
                  {"The pool ends at a fourth of the memory", LAB_UNTRIED,
                   .why = "Windows, to be run out of non-paged pool: the suite "
                          "does not exhaust the machine that it runs on."}},
        .today = "Cap connections and pending operations at what was measured "
                 "to fit (R1), however much there is.",
    },
    {
        .id = "R7",
        .title = "What to do on WSAENOBUFS",
        .claim = "On WSAENOBUFS: first raise the working set, then post less, "
                 "then close connections and wait.",
        .rounds = 2,
        .arms = {{"the working set", "probe working_set"}},
        .parts = {{"The working set can be raised", LAB_EQUALS,
                   "/read_back_matches", .limit = 1, .needs = LAB_WINDOWS,
                   .why = "Windows: Wine's working set has no limit to raise."},
                  {"The ladder loses fewer connections than closing at once",
                   LAB_UNTRIED,
                   .why = "Windows short of memory, or a shortage that is "
                          "injected: ./run faults does."}},
        .today = "Treat WSAENOBUFS as a state, not as the end: go on with what "
                 "there is, and take no more for a while.",
    },
    {
        .id = "R8",
        .title = "Idle connections need no buffer",
        .claim = "Long-lived, mostly idle connections want a plain receive "
                 "when data is there, not a pending buffer each.",
        .rounds = 8,
        .arms = {{"buffers lent",
                  "run --model iocp_zero --connections 300 --pattern idle"},
                 {"a buffer each",
                  "run --model iocp --connections 300 --pattern idle"}},
        .parts = {{"Buffers that are lent while there is data save memory",
                   LAB_BELOW, "/memory/per_connection_bytes", .arm = 0,
                   .base = 1, .margin = 0.2},
                  {"and locked pages", LAB_UNTRIED, WINE_LOCKS_NOTHING}},
        .today = "The buffer is nearly all of what an idle connection costs a "
                 "server: lend it.",
    },
    {.id = NULL},
};
