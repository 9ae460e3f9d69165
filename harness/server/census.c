#include "server/census.h"
#include "common/clock.h"
#include "common/lookup.h"
#include "server/thread.h"
#include <stddef.h>
#include <stdlib.h>

enum {
    CENSUS_PROCESSES = 5, /* SystemProcessInformation */
    CENSUS_HANDLES = 64,  /* SystemExtendedHandleInformation */
    CENSUS_SPREAD = 500,
    CENSUS_ROOM = 64 * 1024,
    CENSUS_TRIES = 8
};
static const LONG census_too_small = (LONG)0xC0000004;

/* SYSTEM_PROCESS_INFORMATION and SYSTEM_THREAD_INFORMATION of winternl.h, whose
 * member names differ from one SDK to the next. */
struct census_process {
    ULONG next, threads;
    BYTE reserved1[48];
    USHORT name_length, name_max;
    wchar_t *name;
    LONG base_priority;
    HANDLE pid;
    void *reserved2;
    ULONG handles, session;
    void *reserved3;
    SIZE_T peak_virtual, virtual_size;
    ULONG reserved4;
    SIZE_T peak_working_set, working_set;
    void *reserved5;
    SIZE_T paged_pool;
    void *reserved6;
    SIZE_T nonpaged_pool, pagefile, peak_pagefile, private_pages;
    LARGE_INTEGER reserved7[6];
};

struct census_thread {
    LARGE_INTEGER times[3];
    ULONG wait_time;
    void *start;
    HANDLE process, thread;
    LONG priority, base_priority;
    ULONG context_switches, state, wait_reason;
};

/* SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX and what stands before the first. */
struct census_handle {
    void *object;
    ULONG_PTR pid, value;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct census_handles {
    ULONG_PTR count, reserved;
    struct census_handle each[1];
};

#ifdef _WIN64
_Static_assert(sizeof(struct census_process) == 256, "as in winternl.h");
_Static_assert(sizeof(struct census_thread) == 80, "as in winternl.h");
#endif

static struct {
    LONG(NTAPI *query)(ULONG what, void *buffer, ULONG size, ULONG *needed);
    char *room;
    ULONG size;
    int64_t at_ns, cost_ns; /* of the last count */
    uint32_t threads;
    long started; /* thread_count() then */
} census;

static bool census_reserve(ULONG size)
{
    char *more = realloc(census.room, size);
    if (!more)
        return false;
    census.room = more;
    census.size = size;
    return true;
}

static bool census_fetch(ULONG what)
{
    if (!census.query && !look_up(L"ntdll.dll", "NtQuerySystemInformation",
                                  &census.query, sizeof census.query))
        return false;
    if (!census.room && !census_reserve(CENSUS_ROOM))
        return false;
    /* It grows between asking how much and asking for it. */
    for (int i = 0; i < CENSUS_TRIES; i++) {
        ULONG needed = 0;
        LONG status = census.query(what, census.room, census.size, &needed);
        if (status != census_too_small)
            return status >= 0;
        if (!census_reserve((needed > census.size ? needed : census.size) +
                            CENSUS_ROOM))
            return false;
    }
    return false;
}

static const struct census_process *census_self(void)
{
    const char *at = census.room;
    for (;;) {
        const struct census_process *p = (const void *)at;
        if ((DWORD)(ULONG_PTR)p->pid == GetCurrentProcessId())
            return p;
        if (p->next == 0)
            return NULL;
        at += p->next;
    }
}

static uint32_t census_handles(void)
{
    uint32_t count = 0;
    if (!census_fetch(CENSUS_HANDLES))
        return 0;
    const struct census_handles *all = (const void *)census.room;
    for (ULONG_PTR i = 0; i < all->count; i++)
        count += all->each[i].pid == GetCurrentProcessId();
    return count;
}

static bool census_count(bool handles, struct census *c)
{
    int64_t begin = clock_ns();
    long started = thread_count();
    if (!census_fetch(CENSUS_PROCESSES))
        return false;
    const struct census_process *self = census_self();
    if (!self)
        return false;
    const struct census_thread *threads = (const void *)(self + 1);
    c->threads = self->threads;
    c->context_switches = 0;
    for (ULONG i = 0; i < self->threads; i++)
        c->context_switches += threads[i].context_switches;
    c->counted = true;
    census.threads = self->threads;
    if (handles) /* overwrites what `self` is in */
        c->handles = census_handles();
    census.started = started;
    census.at_ns = clock_ns();
    census.cost_ns = census.at_ns - begin;
    return true;
}

bool census_take(bool must, bool handles, struct census *c)
{
    int64_t since = clock_ns() - census.at_ns;
    if (must || census.threads == 0 || since >= census.cost_ns * CENSUS_SPREAD)
        return census_count(handles, c);
    long now = (long)census.threads + thread_count() - census.started;
    *c = (struct census){.threads = now > 1 ? (uint32_t)now : 1};
    return true;
}
