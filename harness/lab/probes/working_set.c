/* R3: the buffers of pending operations are locked pages, and their number has
 * a limit (once an eighth of the memory): then WSAENOBUFS or
 * ERROR_INSUFFICIENT_RESOURCES.
 * R7: against that a program raises its working set. Documented for
 * SetProcessWorkingSetSizeEx: the least and the most are set, and read back as
 * whole pages.
 * Receives of 1 MiB are posted until one fails or all are; the growth of the
 * working set shows the pages that they hold. Wine locks nothing, but
 * touches each page as it posts, and its limits are constant. */
#include "probe.h"
#include "common/errors.h"

enum { WORKING_SET_RAISE_MIB, WORKING_SET_PENDING_MIB };
enum { WORKING_SET_MIB = 1024 * 1024 };

static void working_set_limits(cJSON *out, SIZE_T raise)
{
    const HANDLE self = GetCurrentProcess();
    SIZE_T least, most, least_now, most_now;
    DWORD flags;
    must(GetProcessWorkingSetSizeEx(self, &least, &most, &flags),
         "GetProcessWorkingSetSizeEx");
    add_number(out, "least_before_bytes", (double)least);
    add_number(out, "most_before_bytes", (double)most);
    least += raise;
    most += raise;
    add_number(out, "set_code",
               error_of(SetProcessWorkingSetSizeEx(self, least, most, flags)));
    must(GetProcessWorkingSetSizeEx(self, &least_now, &most_now, &flags),
         "GetProcessWorkingSetSizeEx");
    add_number(out, "least_after_bytes", (double)least_now);
    add_number(out, "most_after_bytes", (double)most_now);
    add_bool(out, "read_back_matches", least_now == least && most_now == most);
}

static void working_set_run(cJSON *out, const uint64_t *option)
{
    const uint32_t receives = (uint32_t)option[WORKING_SET_PENDING_MIB];
    OVERLAPPED *io = calloc_or_die(receives, sizeof *io);
    uint32_t posted = 0, code = WSA_IO_PENDING;
    SOCKET end[2];
    working_set_limits(out,
                       (SIZE_T)option[WORKING_SET_RAISE_MIB] * WORKING_SET_MIB);
    tcp_pair(end);
    char *memory = VirtualAlloc(NULL, (SIZE_T)receives * WORKING_SET_MIB,
                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    must(memory != NULL, "VirtualAlloc");
    const double before = working_set_bytes();
    while (posted < receives) {
        code = receive_post(end[1], memory + (size_t)posted * WORKING_SET_MIB,
                            WORKING_SET_MIB, &io[posted]);
        if (code != WSA_IO_PENDING)
            break;
        posted++;
    }
    add_number(out, "receives", receives);
    add_number(out, "posted", posted);
    add_number(out, "last_code", code);
    add_number(out, "pending_bytes", (double)posted * WORKING_SET_MIB);
    add_number(out, "working_set_growth_bytes", working_set_bytes() - before);
}

const struct probe probe_working_set = {
    .name = "working_set",
    .claims = "R3, R7",
    .summary = "raising the working set, and many large pending receives",
    .options = {{"--raise-mib", 16, 1, 4096, "raise both limits by MiB [16]"},
                {"--pending-mib", 256, 1, 4096,
                 "receives of 1 MiB to post [256]"}},
    .run = working_set_run,
};
