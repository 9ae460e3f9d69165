/* D9: a look-aside list for the structures of operations beats the heap.
 * Documented for neither. The list is an interlocked one (SLIST); a block is
 * taken, written and given back, by one thread and by four at once. On Wine the
 * heap is Wine's own and says nothing of Windows' low-fragmentation heap. */
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/sync.h"

enum { HEAP_OPERATIONS, HEAP_BYTES };
enum { HEAP_THREADS = 4, HEAP_ROUNDS = 5 };

struct heap_work {
    bool list;
    uint64_t operations, bytes;
    HANDLE begin;
};

static SLIST_HEADER heap_list;

static void heap_thread(void *arg)
{
    const struct heap_work *work = arg;
    HANDLE heap = GetProcessHeap();
    if (!event_wait(work->begin, PROBE_WAIT_MS))
        probe_fail("WaitForSingleObject", WAIT_TIMEOUT);
    for (uint64_t i = 0; i < work->operations; i++) {
        void *block = work->list ? InterlockedPopEntrySList(&heap_list) : NULL;
        if (!block)
            block = HeapAlloc(heap, 0, work->bytes);
        if (!block)
            probe_fail("HeapAlloc", ERROR_NOT_ENOUGH_MEMORY);
        *(volatile char *)block = 1;
        if (work->list)
            InterlockedPushEntrySList(&heap_list, block);
        else
            HeapFree(heap, 0, block);
    }
}

/* Time for one operation of a thread. */
static double heap_time_ns(struct heap_work *work, uint32_t threads)
{
    struct sync_thread *thread[HEAP_THREADS];
    work->begin = event_make();
    for (uint32_t i = 0; i < threads; i++) {
        thread[i] = sync_thread_start(heap_thread, work);
        must(thread[i] != NULL, "CreateThread");
    }
    const int64_t begin_ns = clock_ns();
    must(SetEvent(work->begin), "SetEvent");
    for (uint32_t i = 0; i < threads; i++)
        sync_thread_join(thread[i]);
    return (double)(clock_ns() - begin_ns) / (double)work->operations;
}

static void heap_run(cJSON *out, const uint64_t *option)
{
    struct heap_work heap = {false, option[HEAP_OPERATIONS], option[HEAP_BYTES],
                             NULL};
    struct heap_work list = heap;
    double heap_ns[2][HEAP_ROUNDS], list_ns[2][HEAP_ROUNDS];
    list.list = true;
    InitializeSListHead(&heap_list);
    for (uint32_t round = 0; round < HEAP_ROUNDS; round++)
        for (uint32_t many = 0; many < 2; many++) {
            const uint32_t threads = many ? HEAP_THREADS : 1;
            heap_ns[many][round] = heap_time_ns(&heap, threads);
            list_ns[many][round] = heap_time_ns(&list, threads);
        }
    add_number(out, "operations", (double)heap.operations);
    add_number(out, "block_bytes", (double)heap.bytes);
    add_number(out, "list_ns", median(list_ns[0], HEAP_ROUNDS));
    add_number(out, "heap_ns", median(heap_ns[0], HEAP_ROUNDS));
    add_number(out, "threads", HEAP_THREADS);
    add_number(out, "threads_list_ns", median(list_ns[1], HEAP_ROUNDS));
    add_number(out, "threads_heap_ns", median(heap_ns[1], HEAP_ROUNDS));
}

const struct probe probe_heap = {
    .name = "heap",
    .claims = "D9",
    .summary = "a look-aside list against the heap, by one and four threads",
    .options = {{"--operations", 100000, 1000, 1000000,
                 "blocks taken and given back a thread [100000]"},
                {"--bytes", 256, 16, 65536, "bytes of a block [256]"}},
    .run = heap_run,
};
