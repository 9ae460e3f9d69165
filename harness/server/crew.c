#include "model.h"
#include <stdlib.h>

enum {
    CREW_TEND_MS = 1000,
    CREW_JOIN_MS = 20000 /* longer than anything that a member waits for */
};

static void crew_free(struct crew_member *m)
{
    struct crew *crew = m->crew;
    if (crew->close)
        crew->close(m);
    if (m->wake)
        stats_check(crew->accept_stats, CloseHandle(m->wake));
    if (m->stats)
        thread_stats_close(m->stats);
    free(m);
}

/* At the end of the list. NULL with GetLastError(). */
static struct crew_member *crew_start_at(struct crew *crew,
                                         struct crew_member **at)
{
    struct crew_member *m = calloc(
        1, crew->member_size + (size_t)crew->seats * sizeof(struct conn *));
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    if (m) {
        m->crew = crew;
        m->inbox = (struct conn **)((char *)m + crew->member_size);
        InitializeSRWLock(&m->lock);
        m->stats = thread_stats_open(crew->srv);
    }
    if (m && m->stats) {
        if (!crew->wake)
            m->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
        if ((crew->wake || m->wake) && (!crew->open || crew->open(m)))
            m->thread = thread_start(crew->work, m);
        if (m->thread) {
            crew->count++;
            return *at = m;
        }
        error = GetLastError();
    }
    if (m)
        crew_free(m);
    stats_error(crew->accept_stats, error);
    SetLastError(error);
    return NULL;
}

struct crew_member *crew_start(struct crew *crew)
{
    struct crew_member **at = &crew->first;
    while (*at)
        at = &(*at)->next;
    return crew_start_at(crew, at);
}

static void crew_wake(struct crew *crew, struct crew_member *m)
{
    if (crew->wake)
        crew->wake(m);
    else
        stats_check(crew->accept_stats, SetEvent(m->wake));
}

/* The emptiest of as many members, the oldest first, as the connections need;
 * so the others run dry and end. NULL with GetLastError(). */
static struct crew_member *crew_find(struct crew *crew)
{
    uint32_t need = (uint32_t)(crew->load / crew->seats) + 1;
    if (need < crew->srv->threads)
        need = crew->srv->threads;
    struct crew_member *best = NULL, **at = &crew->first;
    for (; need > 0 && *at; need--, at = &(*at)->next)
        if (best == NULL || (*at)->load < best->load)
            best = *at;
    struct crew_member *fresh = need > 0 ? crew_start_at(crew, at) : NULL;
    if (fresh)
        return fresh;
    return best && best->load < crew->seats ? best : NULL;
}

void crew_given(struct crew_member *m)
{
    InterlockedIncrement(&m->load);
    InterlockedIncrement(&m->crew->load);
}

void crew_left(struct crew_member *m)
{
    InterlockedDecrement(&m->load);
    InterlockedDecrement(&m->crew->load);
}

void crew_give(struct crew *crew, struct conn *c)
{
    struct crew_member *m = crew_find(crew);
    if (m == NULL) {
        conn_refuse(crew->accept_stats, c, GetLastError());
        return;
    }
    crew_given(m);
    AcquireSRWLockExclusive(&m->lock);
    const bool wake = m->waiting == 0; /* or else it is woken already */
    m->inbox[m->waiting++] = c;
    ReleaseSRWLockExclusive(&m->lock);
    if (wake) /* lost: crew_tend does it again */
        crew_wake(crew, m);
}

struct conn *crew_take(struct crew_member *m)
{
    AcquireSRWLockExclusive(&m->lock);
    struct conn *c = m->waiting > 0 ? m->inbox[--m->waiting] : NULL;
    ReleaseSRWLockExclusive(&m->lock);
    return c;
}

static void crew_tell(struct crew *crew, struct crew_member *m)
{
    InterlockedExchange(&m->leave, 1);
    crew_wake(crew, m);
}

static void crew_join(struct crew *crew, struct crew_member **at)
{
    struct crew_member *m = *at;
    thread_join(crew->accept_stats, m->thread, CREW_JOIN_MS);
    *at = m->next;
    crew->count--;
    crew_free(m);
}

/* One that was not told of its inbox is busy with what it has. */
static void crew_remind(struct crew *crew, struct crew_member *m)
{
    AcquireSRWLockExclusive(&m->lock);
    const bool waits = m->waiting > 0;
    ReleaseSRWLockExclusive(&m->lock);
    if (waits)
        crew_wake(crew, m);
}

void crew_tend(struct crew *crew)
{
    if (GetTickCount64() < crew->tend_at)
        return;
    crew->tend_at = GetTickCount64() + CREW_TEND_MS;
    struct crew_member **at = &crew->first;
    for (uint32_t i = 0; *at; i++) {
        if (i >= crew->srv->threads && (*at)->load == 0) {
            crew_tell(crew, *at);
            crew_join(crew, at);
        } else {
            crew_remind(crew, *at);
            at = &(*at)->next;
        }
    }
}

void crew_end(struct crew *crew)
{
    for (struct crew_member *m = crew->first; m; m = m->next)
        crew_tell(crew, m);
    while (crew->first)
        crew_join(crew, &crew->first);
}
