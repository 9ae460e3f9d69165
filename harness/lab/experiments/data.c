#include "experiments.h"

#define LINUX_HAS_A_LEAST_BUFFER                                               \
    .needs = LAB_ARTEFACT,                                                     \
    .why = "Windows: Linux has a least send buffer, whatever is set."
#define WINDOWS_HAS_A_POOL                                                     \
    .needs = LAB_WINE,                                                         \
    .why = "On Windows this memory is non-paged pool: see the last part."
#define FILES "run --model iocp_file --service file --connections 4 --message "

const struct lab_experiment lab_data[] = {
    {
        .id = "D1",
        .title = "SO_SNDBUF 0 with sends pending",
        .claim = "SO_SNDBUF of 0 loses nothing if several overlapped sends are "
                 "always pending; with one at a time it costs the pause "
                 "between sends.",
        .rounds = 16,
        .arms = {{"4 sends, SO_SNDBUF 0",
                  "run --model iocp_ordered --connections 16 --pipeline 8 "
                  "--outstanding 4 --sndbuf 0"},
                 {"4 sends", "run --model iocp_ordered --connections 16 "
                             "--pipeline 8 --outstanding 4"},
                 {"1 send, SO_SNDBUF 0",
                  "run --model iocp_ordered --connections 16 --pipeline 8 "
                  "--outstanding 1 --sndbuf 0"},
                 {"1 send", "run --model iocp_ordered --connections 16 "
                            "--pipeline 8 --outstanding 1"}},
        .parts = {{"Four sends pending carry more than one, without touching "
                   "SO_SNDBUF",
                   LAB_ABOVE, ROUND_TRIPS, .arm = 1, .base = 3, .margin = 0.05},
                  {"Four sends pending carry as much with SO_SNDBUF 0",
                   LAB_ALIKE, ROUND_TRIPS, .arm = 0, .base = 1, .margin = 0.05,
                   LINUX_HAS_A_LEAST_BUFFER},
                  {"One at a time carries less with SO_SNDBUF 0", LAB_BELOW,
                   ROUND_TRIPS, .arm = 2, .base = 3, .margin = 0.05,
                   LINUX_HAS_A_LEAST_BUFFER}},
        .today = "Leave SO_SNDBUF alone: Windows sizes it by itself since "
                 "Windows 7. Without it, keep several sends pending.",
    },
    {
        .id = "D2",
        .title = "SO_RCVBUF 0 does not help",
        .claim =
            "SO_RCVBUF of 0 does not help. Without a pending receive, data "
            "waits in the transport's window, in memory of the kernel.",
        .rounds = 8,
        .arms = {{"SO_RCVBUF 0", "run --model iocp --connections 16 --rcvbuf 0 "
                                 "--message 1024 --io-timeout 5s"},
                 {"the system's",
                  "run --model iocp --connections 16 --message 1024"},
                 {"select", "run --model select --connections 1000"},
                 {"iocp", "run --model iocp --connections 1000"}},
        .parts = {{"SO_RCVBUF 0 carries no more", LAB_BELOW, ROUND_TRIPS,
                   .arm = 0, .base = 1, .margin = 0, .needs = LAB_ARTEFACT,
                   .why = "Windows: Linux has a least receive buffer and "
                          "crawls with it."},
                  {"Where 1,000 receives of 4 KB wait to be made (select), the "
                   "kernel holds the data",
                   LAB_AT_LEAST, "/pool/host_tcp_memory/end_bytes", .arm = 2,
                   .limit = 4e6, WINDOWS_HAS_A_POOL},
                  {"Where they are pending (iocp), it holds little",
                   LAB_AT_MOST, "/pool/host_tcp_memory/end_bytes", .arm = 3,
                   .limit = 2e6, WINDOWS_HAS_A_POOL},
                  {"The same, of the non-paged pool", LAB_ABOVE,
                   "/pool/system_nonpaged/change_bytes", .arm = 2, .base = 3,
                   .margin = 0.2, WINE_HAS_NO_POOL}},
        .today =
            "Leave SO_RCVBUF alone, too. What a peer sends before it is "
            "received costs kernel memory, up to a window for each connection.",
    },
    {
        .id = "D3",
        .title = "Pending receives spare the kernel",
        .claim =
            "With overlapped receives pending, data goes straight into the "
            "application's buffer: there is no need to switch buffering off.",
        .rounds = 8,
        .arms = {{"overlapped", "run --model overlapped --connections 1000"},
                 {"event_select",
                  "run --model event_select --connections 1000"}},
        .parts =
            {{"With 1,000 receives pending the kernel holds little data",
              LAB_AT_MOST, "/pool/host_tcp_memory/end_bytes", .arm = 0,
              .limit = 2e6, .needs = LAB_WINE,
              .why = "On Windows this memory is non-paged pool: see the third "
                     "part."},
             {"For a model that receives when it is told to, it holds the data",
              LAB_AT_LEAST, "/pool/host_tcp_memory/end_bytes", .arm = 1,
              .limit = 4e6, .needs = LAB_WINE,
              .why = "On Windows this memory is non-paged pool: see the next "
                     "part."},
             {"The same, of the non-paged pool", LAB_BELOW,
              "/pool/system_nonpaged/change_bytes", .arm = 0, .base = 1,
              .margin = 0.2, WINE_HAS_NO_POOL},
             {"No byte is copied on its way", LAB_UNTRIED,
              .why = "A trace of Windows' kernel: no counter shows copies."}},
        .today = "Keep a receive pending where a peer is about to send; the "
                 "buffers that it locks are the price (R3, R5).",
    },
    {
        .id = "D4",
        .title = "A send waits for the peer's TCP",
        .claim = "A blocking send with SO_SNDBUF of 0 returns only when the "
                 "peer's TCP has acknowledged the data; one send at a time is "
                 "then very slow.",
        .rounds = 8,
        .arms = {{"a peer that never reads", "probe ack_is_not_delivery"}},
        .parts = {{"A send returns though the peer's program has read nothing",
                   LAB_EQUALS, "/returned", .limit = 1},
                  {"The peer had read nothing by then", LAB_EQUALS,
                   "/peer_read_bytes", .limit = 0},
                  {"It waits for the acknowledgement", LAB_ABOVE,
                   "/small_send_us", .over = "/usual_small_send_us",
                   .margin = 1, .needs = LAB_ARTEFACT,
                   .why = "Windows: Linux has a least send buffer, which takes "
                          "the data at once."},
                  {"One send at a time waits for delayed acknowledgements",
                   LAB_UNTRIED,
                   .why = "Windows and a second machine: on loopback nothing "
                          "is delayed."}},
        .today = "Two small sends in a row with SO_SNDBUF of 0 meet the peer's "
                 "delayed acknowledgement. Send once, with all buffers in one "
                 "WSASend.",
    },
    {
        .id = "D5",
        .title = "A worker must not block",
        .claim = "A worker must not block: with as many workers as processors "
                 "one blocking call idles a processor. Spare threads cure it; "
                 "heavy computing is as bad.",
        .rounds = 8,
        .arms = {{"one worker, and four", "probe blocking_worker"},
                 {"a server of 1 worker",
                  "run --model iocp --connections 100 --threads 1"},
                 {"1 worker, blocking", "run --model iocp --connections 100 "
                                        "--threads 1 --work block:10000/50"},
                 {"4 workers, blocking", "run --model iocp --connections 100 "
                                         "--threads 4 --work block:10000/50"}},
        .parts = {{"A worker that blocks for 10 ms at each 50th packet gets "
                   "less done",
                   LAB_BELOW, "/blocking_per_s", .over = "/plain_per_s",
                   .margin = 0.2},
                  {"Three spare workers make up for it", LAB_ABOVE,
                   "/workers_blocking_per_s", .over = "/blocking_per_s",
                   .margin = 0.2},
                  {"Computing for 10 ms is as bad", LAB_BELOW,
                   "/computing_per_s", .over = "/plain_per_s", .margin = 0.2},
                  {"and spare workers do not help", LAB_ALIKE,
                   "/workers_computing_per_s", .over = "/computing_per_s",
                   .margin = 0.25},
                  {"Clients of a server notice a worker that blocks", LAB_BELOW,
                   ROUND_TRIPS, .arm = 2, .base = 1, .margin = 0.1},
                  {"and that it has spare ones", LAB_ABOVE, ROUND_TRIPS,
                   .arm = 3, .base = 2, .margin = 0.1}},
        .today = "Start more workers than the port's concurrency value: the "
                 "port wakes another one when a worker blocks. Computing gains "
                 "nothing from more threads; give it a pool of its own, of a "
                 "lower priority.",
    },
    {
        .id = "D6",
        .title = "Workers may handle out of order",
        .claim = "With several workers, completions that were posted in order "
                 "may be handled out of order; sequence numbers restore it.",
        .rounds = 3,
        .faulty = true,
        .arms = {{"5,000 messages", "probe ordered --messages=5000"},
                 {"a server with numbers",
                  "run --model iocp_ordered --connections 16 --pipeline 16 "
                  "--message 1K --outstanding 16 --threads 8 --buffer 1K"},
                 {"a server without the lock",
                  UNORDERED "--tune post=unlocked"},
                 {"a server without numbers", UNORDERED "--tune numbers=off"}},
        .parts = {{"One worker handles all in the order of posting", LAB_EQUALS,
                   "/one_worker_out_of_order", .limit = 0},
                  {"Four workers handle some out of order", LAB_AT_LEAST,
                   "/unlocked_handled_out_of_order", .limit = 1},
                  {"With a sequence number each message is put in its place",
                   LAB_EQUALS, "/locked_wrong", .limit = 0},
                  {"The number and its WSARecv must be posted under one lock",
                   LAB_AT_LEAST, "/unlocked_wrong", .limit = 1},
                  {"A server with numbers echoes each byte in its place",
                   LAB_EQUALS, "/integrity/mismatches", .arm = 1, .limit = 0},
                  {"One without numbers does not", LAB_AT_LEAST,
                   "/integrity/mismatches", .arm = 3, .limit = 1},
                  {"nor does one without the lock", LAB_AT_LEAST,
                   "/integrity/mismatches", .arm = 2, .limit = 1}},
        .today =
            "With one receive at a time on a connection the question never "
            "arises. With several, take the number and post the call under one "
            "lock, and handle what comes early when its turn has come.",
    },
    {
        .id = "D7",
        .title = "Completions come in order",
        .claim = "Sends and receives that are posted in order complete in "
                 "order on the port.",
        .rounds = 3,
        .arms = {{"5,000 messages", "probe ordered --messages=5000"}},
        .parts = {{"All receives complete in the order of posting", LAB_EQUALS,
                   "/one_worker_out_of_order", .limit = 0},
                  {"and with the bytes that were sent in that order",
                   LAB_EQUALS, "/one_worker_wrong", .limit = 0}},
        .today = "The order holds for the packets of the port, not for the "
                 "threads that take them (D6).",
    },
    {
        .id = "D8",
        .title = "TransmitFile beats reading",
        .claim = "TransmitFile beats ReadFile and WSASend; TransmitPackets "
                 "sends several files and buffers in one call. Clients of "
                 "Windows process two TransmitFile calls at a time.",
        .rounds = 8,
        .arms = {{"64 KB by reads of 4 KB", FILES "64K --buffer 4K"},
                 {"64 KB by reads of 64 KB", FILES "64K --buffer 64K"},
                 {"64 KB by TransmitFile", FILES "64K --tune by=transmit"},
                 {"1 MB by reads of 4 KB", FILES "1M --buffer 4K"},
                 {"1 MB by reads of 64 KB", FILES "1M --buffer 64K"},
                 {"1 MB by TransmitFile", FILES "1M --tune by=transmit"}},
        .parts =
            {{"64 KB: more pieces/s than by reads of 4 KB", LAB_ABOVE,
              ROUND_TRIPS, .arm = 2, .base = 0, .margin = 0.1},
             {"64 KB: less processor time than by reads of 4 KB", LAB_BELOW,
              CPU_TIME, .arm = 2, .base = 0, .margin = 0.1},
             {"64 KB: more pieces/s than by reads of 64 KB", LAB_ABOVE,
              ROUND_TRIPS, .arm = 2, .base = 1, .margin = 0.1},
             {"64 KB: less processor time than by reads of 64 KB", LAB_BELOW,
              CPU_TIME, .arm = 2, .base = 1, .margin = 0.1},
             {"1 MB: more pieces/s than by reads of 4 KB", LAB_ABOVE,
              ROUND_TRIPS, .arm = 5, .base = 3, .margin = 0.1},
             {"1 MB: less processor time than by reads of 4 KB", LAB_BELOW,
              CPU_TIME, .arm = 5, .base = 3, .margin = 0.1},
             {"1 MB: more pieces/s than by reads of 64 KB", LAB_ABOVE,
              ROUND_TRIPS, .arm = 5, .base = 4, .margin = 0.1},
             {"1 MB: less processor time than by reads of 64 KB", LAB_BELOW,
              CPU_TIME, .arm = 5, .base = 4, .margin = 0.1},
             {"Every byte is the file's", LAB_EQUALS, "/integrity/mismatches",
              .arm = 2, .limit = 0},
             {"TransmitPackets sends several in one call", LAB_UNTRIED,
              .why = "Windows: Wine has no TransmitPackets."},
             {"Clients of Windows process two calls at a time", LAB_UNTRIED,
              .why =
                  "Windows 10 or 11 beside Windows Server, the same machine."}},
        .today = "What it beats depends on how the file is read: against small "
                 "reads it wins, against reads of 64 KB and more measure it, "
                 "with your sizes.",
    },
    {
        .id = "D9",
        .title = "A look-aside list beats the heap",
        .claim = "A look-aside list for the structures of operations beats the "
                 "heap.",
        .rounds = 8,
        .arms = {{"blocks", "probe heap"},
                 {"look-aside list",
                  "run --model iocp_zero --connections 100 --pool lookaside"},
                 {"heap",
                  "run --model iocp_zero --connections 100 --pool heap"}},
        .parts = {{"Taking and giving back is faster, one thread", LAB_BELOW,
                   "/list_ns", .over = "/heap_ns", .margin = 0.1},
                  {"Taking and giving back is faster, four threads", LAB_BELOW,
                   "/threads_list_ns", .over = "/threads_heap_ns",
                   .margin = 0.1},
                  {"A server's clients notice it", LAB_ABOVE, ROUND_TRIPS,
                   .arm = 1, .base = 2, .margin = 0.05}},
        .today = "The list is faster, and a round trip is a thousand times as "
                 "long: use whichever is less code. Keeping the structure "
                 "within the connection's is least of all.",
    },
    {.id = NULL},
};
