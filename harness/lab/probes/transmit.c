/* D8: TransmitFile beats ReadFile and send. Documented: it sends from the
 * system's cache of the file, without a buffer of the program. One connection;
 * the median time from the first call until the client has the whole file, by
 * TransmitFile and by reads of 4 KB and of 64 KB, in turns. */
#include <mswsock.h>
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/sync.h"

enum { TRANSMIT_BYTES, TRANSMIT_REPEATS };
enum { TRANSMIT_CALL, TRANSMIT_READ_4K, TRANSMIT_READ_64K, TRANSMIT_WAYS };
enum { TRANSMIT_CHUNK_MOST = 65536 };

struct transmit {
    HANDLE file;
    DWORD bytes;
    SOCKET server, client;
    HANDLE go, received; /* a client that waits, and one that has it all */
    volatile LONG over;
    LPFN_TRANSMITFILE call;
};

/* A file in the folder for temporaries, which ends with its handle. */
static HANDLE transmit_file(DWORD bytes)
{
    wchar_t folder[MAX_PATH], path[MAX_PATH];
    static char block[TRANSMIT_CHUNK_MOST];
    must(GetTempPathW(MAX_PATH, folder) != 0, "GetTempPath");
    must(GetTempFileNameW(folder, L"iom", 0, path) != 0, "GetTempFileName");
    HANDLE file =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                    FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    must(file != INVALID_HANDLE_VALUE, "CreateFile");
    for (DWORD at = 0, written; at < bytes; at += written) {
        const DWORD part =
            bytes - at < sizeof block ? bytes - at : sizeof block;
        must(WriteFile(file, block, part, &written, NULL) && written > 0,
             "WriteFile");
    }
    return file;
}

static void transmit_receive(void *arg)
{
    struct transmit *t = arg;
    char *data = calloc_or_die(t->bytes, 1);
    while (event_wait(t->go, 3 * PROBE_WAIT_MS) && !t->over) {
        tcp_receive(t->client, data, t->bytes);
        must(SetEvent(t->received), "SetEvent");
    }
}

static void transmit_by_reads(const struct transmit *t, DWORD chunk)
{
    static char block[TRANSMIT_CHUNK_MOST];
    DWORD bytes;
    for (DWORD at = 0; at < t->bytes; at += bytes) {
        must(ReadFile(t->file, block, chunk, &bytes, NULL) && bytes > 0,
             "ReadFile");
        tcp_send(t->server, block, bytes);
    }
}

static double transmit_once(struct transmit *t, int way)
{
    must(SetFilePointer(t->file, 0, NULL, FILE_BEGIN) == 0, "SetFilePointer");
    const int64_t begin_ns = clock_ns();
    must(SetEvent(t->go), "SetEvent");
    if (way == TRANSMIT_CALL)
        must(t->call(t->server, t->file, 0, 0, NULL, NULL, 0), "TransmitFile");
    else
        transmit_by_reads(t, way == TRANSMIT_READ_4K ? 4096 : 65536);
    if (!event_wait(t->received, PROBE_WAIT_MS))
        probe_fail("the client's recv", WAIT_TIMEOUT);
    return (double)(clock_ns() - begin_ns) / 1000;
}

static void transmit_run(cJSON *out, const uint64_t *option)
{
    static const char *const names[TRANSMIT_WAYS] = {
        "transmit_us", "read_4k_us", "read_64k_us"};
    const GUID id = WSAID_TRANSMITFILE;
    const uint32_t repeats = (uint32_t)option[TRANSMIT_REPEATS];
    struct transmit t = {.bytes = (DWORD)option[TRANSMIT_BYTES],
                         .go = CreateEventW(NULL, FALSE, FALSE, NULL),
                         .received = CreateEventW(NULL, FALSE, FALSE, NULL)};
    const DWORD on = 1;
    SOCKET end[2];
    double *took[TRANSMIT_WAYS];
    must(t.go != NULL && t.received != NULL, "CreateEvent");
    tcp_pair(end);
    /* Or each small send would wait for the acknowledgement of the last. */
    must(!setsockopt(end[0], IPPROTO_TCP, TCP_NODELAY, (const char *)&on,
                     sizeof on),
         "setsockopt(TCP_NODELAY)");
    t.server = end[0];
    t.client = end[1];
    t.file = transmit_file(t.bytes);
    const uint32_t code = extension_find(t.server, id, &t.call);
    if (code != 0)
        probe_fail("WSAIoctl(WSAID_TRANSMITFILE)", code);
    struct sync_thread *client = sync_thread_start(transmit_receive, &t);
    must(client != NULL, "CreateThread");
    for (int way = 0; way < TRANSMIT_WAYS; way++)
        took[way] = calloc_or_die(repeats, sizeof **took);
    for (uint32_t i = 0; i < repeats; i++)
        for (int way = 0; way < TRANSMIT_WAYS; way++) {
            const int turn = (int)((i + (uint32_t)way) % TRANSMIT_WAYS);
            took[turn][i] = transmit_once(&t, turn);
        }
    InterlockedExchange(&t.over, 1);
    must(SetEvent(t.go), "SetEvent");
    sync_thread_join(client);
    CloseHandle(t.file);
    cJSON_AddNumberToObject(out, "file_bytes", t.bytes);
    cJSON_AddNumberToObject(out, "repeats", repeats);
    for (int way = 0; way < TRANSMIT_WAYS; way++)
        cJSON_AddNumberToObject(out, names[way], median(took[way], repeats));
}

const struct probe probe_transmit = {
    .name = "transmit",
    .claims = "D8",
    .summary = "sending a file by TransmitFile, and by ReadFile and send",
    .options = {{"--bytes", 65536, 1, 16777216, "size of the file [65536]"},
                {"--repeats", 30, 1, 1000, "files sent each way [30]"}},
    .run = transmit_run,
};
