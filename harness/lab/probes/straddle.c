/* R4: buffers are locked by pages: 1 KB locks 4 KB, and a buffer that crosses a
 * boundary locks two pages. Documented: a driver locks each page that the
 * buffer touches (MmProbeAndLockPages), which brings it into the working set.
 * So many receives of 1 KB in memory that was never touched: the growth of the
 * working set a receive. Wine locks nothing and grows by nothing. */
#include "probe.h"
#include "common/errors.h"
#include <psapi.h>

enum { STRADDLE_RECEIVES };
enum { STRADDLE_BYTES = 1024, STRADDLE_PAGES = 2 }; /* for each receive */

static double straddle_growth_bytes(uint32_t receives, uint32_t page,
                                    uint32_t offset)
{
    PROCESS_MEMORY_COUNTERS before = {.cb = sizeof before}, after = before;
    OVERLAPPED *io = calloc_or_die(receives, sizeof *io);
    DWORD flags = 0;
    SOCKET end[2];
    tcp_pair(end);
    char *memory = VirtualAlloc(NULL, (SIZE_T)receives * STRADDLE_PAGES * page,
                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    must(memory != NULL, "VirtualAlloc");
    must(GetProcessMemoryInfo(GetCurrentProcess(), &before, sizeof before),
         "GetProcessMemoryInfo");
    for (uint32_t i = 0; i < receives; i++) {
        WSABUF buffer = {STRADDLE_BYTES,
                         memory + (size_t)i * STRADDLE_PAGES * page + offset};
        must(!WSARecv(end[1], &buffer, 1, NULL, &flags, &io[i], NULL) ||
                 WSAGetLastError() == WSA_IO_PENDING,
             "WSARecv");
    }
    must(GetProcessMemoryInfo(GetCurrentProcess(), &after, sizeof after),
         "GetProcessMemoryInfo");
    return ((double)after.WorkingSetSize - (double)before.WorkingSetSize) /
           receives;
}

static void straddle_run(cJSON *out, const uint64_t *option)
{
    const uint32_t receives = (uint32_t)option[STRADDLE_RECEIVES];
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    const uint32_t page = system.dwPageSize;
    straddle_growth_bytes(receives, page, 0); /* the first time is warm-up */
    cJSON_AddNumberToObject(out, "receives", receives);
    cJSON_AddNumberToObject(out, "buffer_bytes", STRADDLE_BYTES);
    cJSON_AddNumberToObject(out, "page_bytes", page);
    cJSON_AddNumberToObject(out, "aligned_growth_bytes",
                            straddle_growth_bytes(receives, page, 0));
    cJSON_AddNumberToObject(
        out, "straddling_growth_bytes",
        straddle_growth_bytes(receives, page, page - STRADDLE_BYTES / 2));
}

const struct probe probe_straddle = {
    .name = "straddle",
    .claims = "R4",
    .summary = "pages that receives hold, aligned and across a boundary",
    .options = {{"--receives", 1000, 1, 10000, "pending receives [1000]"}},
    .run = straddle_run,
};
