/* R4: buffers are locked by pages: 1 KB locks 4 KB, and a buffer that crosses a
 * boundary locks two pages. Documented: a driver locks each page that the
 * buffer touches (MmProbeAndLockPages), which brings it into the working set.
 * So many receives of 1 KB in memory that was never touched: the growth of the
 * working set a receive. Wine locks nothing and grows by nothing. */
#include "probe.h"
#include "common/errors.h"

enum { STRADDLE_RECEIVES };
enum { STRADDLE_BYTES = 1024, STRADDLE_PAGES = 2 }; /* for each receive */

static double straddle_growth_bytes(uint32_t receives, uint32_t page,
                                    uint32_t offset)
{
    OVERLAPPED *io = calloc_or_die(receives, sizeof *io);
    SOCKET end[2];
    tcp_pair(end);
    char *memory = VirtualAlloc(NULL, (SIZE_T)receives * STRADDLE_PAGES * page,
                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    must(memory != NULL, "VirtualAlloc");
    const double before = working_set_bytes();
    for (uint32_t i = 0; i < receives; i++) {
        receive_pend(end[1],
                     memory + (size_t)i * STRADDLE_PAGES * page + offset,
                     STRADDLE_BYTES, &io[i]);
    }
    return (working_set_bytes() - before) / receives;
}

static void straddle_run(cJSON *out, const uint64_t *option)
{
    const uint32_t receives = (uint32_t)option[STRADDLE_RECEIVES];
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    const uint32_t page = system.dwPageSize;
    straddle_growth_bytes(receives, page, 0); /* the first time is warm-up */
    add_number(out, "receives", receives);
    add_number(out, "buffer_bytes", STRADDLE_BYTES);
    add_number(out, "page_bytes", page);
    add_number(out, "aligned_growth_bytes",
               straddle_growth_bytes(receives, page, 0));
    add_number(
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
