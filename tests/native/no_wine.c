/* The rules for Wine, where there is none. */
#include "server/host.h"

uint64_t wine_open_files(void)
{
    return 0;
}

bool wine_reserve_spend(struct thread_stats *stats)
{
    (void)stats;
    return false;
}

bool wine_reserve_hold(struct host *host)
{
    (void)host;
    return true;
}

/* Nor are there working-set limits. */
bool shortage_raise(void)
{
    return false;
}
