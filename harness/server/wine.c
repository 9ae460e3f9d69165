/* The rules for Wine alone. Rules of a line are marked where they apply. */
#include "server/host.h"
#include "common/machine.h"
#include <stdlib.h>

enum {
    WINE_YIELDS = 64,
    WINE_PER_THREAD = 4,    /* descriptors of Wine 8.0, with its connection's */
    WINE_10_PER_THREAD = 5, /* 10.0 keeps that of an accepted socket as well */
    WINE_KEPT = 512,        /* of them, for everything else: at most */
    /* Under Wine 10.0 the threads of `blocking` are all ready to run at once.
     * From 1,500 on, measuring waits 15 s for its turn (Linux 6.18). */
    WINE_10_THREADS = 1024,
    WINE_MANY = 1 << 30 /* no limit to speak of */
};

/* SYSTEM_HANDLE_TABLE_ENTRY_INFO_EX and what stands before the first. */
struct wine_handle {
    void *object;
    ULONG_PTR pid, value;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};

struct wine_handle_table {
    ULONG_PTR count, reserved;
    struct wine_handle each[1];
};

void wine_reserve_open(struct host *host)
{
    host->has_reserve = machine_is_wine() && !host->model->accepts_ahead;
    host->reserve = INVALID_SOCKET;
    wine_reserve_hold(host); /* or before the first connection */
}

bool wine_reserve_spend(struct thread_stats *stats)
{
    struct host *host = stats->host;
    if (!host->has_reserve || host->reserve == INVALID_SOCKET)
        return false;
    stats_check(stats, !closesocket(host->reserve));
    host->reserve = INVALID_SOCKET;
    return true;
}

bool wine_reserve_hold(struct host *host)
{
    if (!host->has_reserve || host->reserve != INVALID_SOCKET)
        return true;
    host->reserve = WSASocketW(host->srv.family, SOCK_STREAM, IPPROTO_TCP, NULL,
                               0, WSA_FLAG_NO_HANDLE_INHERIT);
    return host->reserve != INVALID_SOCKET;
}

uint64_t wine_open_files(void)
{
    uint64_t files = 0;
    return machine_is_wine() && proc_open_files(&files) ? files : 0;
}

/* A thread has descriptors in its process and in Wine's server, and each call
 * on an accepted socket needs one more for as long as it takes: the threads
 * that took the last would fail the connections of all. So the limit is ours,
 * and lower. */
long wine_thread_limit(void)
{
    static volatile LONG known = -1; /* the same, whoever comes first */
    if (known < 0) {
        const char *(CDECL * version)(void);
        uint64_t files = wine_open_files(), threads = 0;
        if (files > WINE_MANY)
            files = 0;
        const uint64_t kept = files / 2 < WINE_KEPT ? files / 2 : WINE_KEPT;
        if (look_up(L"ntdll.dll", "wine_get_version", &version)) {
            const bool is_8 = atoi(version()) <= 8;
            threads =
                (files - kept) / (is_8 ? WINE_PER_THREAD : WINE_10_PER_THREAD);
            if (!is_8 && (files == 0 || threads > WINE_10_THREADS))
                threads = WINE_10_THREADS;
        }
        InterlockedExchange(&known, (LONG)threads);
    }
    return known;
}

bool wine_thread_begins(const volatile LONG *begun, HANDLE thread)
{
    if (!machine_is_wine())
        return true;
    for (int i = 0; i < WINE_YIELDS && !*begun; i++)
        SwitchToThread();
    while (!*begun)
        if (WaitForSingleObject(thread, 1) == WAIT_OBJECT_0)
            return *begun != 0;
    return true;
}

/* To be asked seldom: Wine 8's server process crashes where it lists all
 * handles while another program starts. */
uint32_t wine_handles(const void *information)
{
    const struct wine_handle_table *all = information;
    uint32_t count = 0;
    for (ULONG_PTR i = 0; i < all->count; i++)
        count += all->each[i].pid == GetCurrentProcessId();
    return count;
}
