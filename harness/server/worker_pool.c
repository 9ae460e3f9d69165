/* Threads for models: a fixed number (io_threads), or with a share of the
 * connections each (worker_pool). */
#include "model.h"
#include <stdlib.h>

enum {
    WORKER_POOL_MAINTAIN_MS = 1000,
    WORKER_POOL_JOIN_MS = 20000 /* longer than a thread waits for anything */
};

/* --- a fixed number of threads -------------------------------------------- */

void threads_start(struct io_threads *all, LPTHREAD_START_ROUTINE run)
{
    struct server *srv = all->srv;
    all->first = calloc(srv->threads, sizeof *all->first);
    if (!all->first)
        server_cannot_start(srv, "calloc");
    for (; all->count < srv->threads; all->count++) {
        struct io_thread *t = &all->first[all->count];
        t->all = all;
        t->stats = thread_stats_open(srv);
        if (!t->stats)
            break;
        t->handle = thread_start(run, t, THREAD_STACK_KIB);
        if (!stats_check(srv->stats, t->handle != NULL)) {
            thread_stats_close(t->stats);
            break;
        }
    }
    if (all->count == 0)
        server_cannot_start(srv, "_beginthreadex");
}

void threads_join(struct io_threads *all)
{
    for (struct io_thread *t = all->first; t < all->first + all->count; t++) {
        thread_join(all->srv->stats, t->handle, WORKER_POOL_JOIN_MS);
        thread_stats_close(t->stats);
    }
    free(all->first);
}

/* --- a share of the connections each -------------------------------------- */

static void worker_free(struct pool_worker *w)
{
    struct worker_pool *pool = w->pool;
    if (pool->close)
        pool->close(w);
    if (w->wake)
        stats_check(pool->srv->stats, CloseHandle(w->wake));
    if (w->stats)
        thread_stats_close(w->stats);
    stats_check(pool->srv->stats, VirtualFree(w, 0, MEM_RELEASE));
}

/* At the end of the list. NULL with GetLastError(). */
static struct pool_worker *worker_start(struct worker_pool *pool,
                                        struct pool_worker **at)
{
    /* By pages, zero at first: the part that is never used takes no memory. */
    struct pool_worker *w = VirtualAlloc(
        NULL,
        pool->worker_size + (size_t)pool->capacity * sizeof(struct conn *),
        MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD error = w ? ERROR_NOT_ENOUGH_MEMORY : GetLastError();
    if (w) {
        w->pool = pool;
        w->inbox = (struct conn **)((char *)w + pool->worker_size);
        InitializeSRWLock(&w->lock);
        w->stats = thread_stats_open(pool->srv);
    }
    if (w && w->stats) {
        if (!pool->wake)
            w->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
        if ((pool->wake || w->wake) && (!pool->open || pool->open(w)))
            w->thread = thread_start(pool->run, w, THREAD_STACK_KIB);
        if (w->thread)
            return *at = w;
        error = GetLastError();
    }
    if (w)
        worker_free(w);
    stats_error(pool->srv->stats, error);
    SetLastError(error);
    return NULL;
}

static void worker_wake(struct pool_worker *w)
{
    if (w->pool->wake)
        w->pool->wake(w);
    else
        stats_check(w->pool->srv->stats, SetEvent(w->wake));
}

/* A worker that leaves takes from its inbox once more, so the lock keeps it,
 * and what wakes it, alive until it has been woken. */
static void worker_tell_to_leave(struct pool_worker *w)
{
    AcquireSRWLockExclusive(&w->lock);
    InterlockedExchange(&w->leave, 1);
    worker_wake(w);
    ReleaseSRWLockExclusive(&w->lock);
}

static void worker_join(struct pool_worker **at)
{
    struct pool_worker *w = *at;
    thread_join(w->pool->srv->stats, w->thread, WORKER_POOL_JOIN_MS);
    *at = w->next;
    worker_free(w);
}

/* Full: start another thread. This is what a limit for each thread (64 handles
 * to wait for, FD_SETSIZE sockets to ask about) makes of a server: its threads
 * follow its connections.
 * The emptiest of as many workers, the oldest first, as the connections need;
 * so the others run dry and end. NULL with GetLastError(). */
static struct pool_worker *worker_pool_find(struct worker_pool *pool)
{
    uint32_t need = (uint32_t)(pool->conns / pool->capacity) + 1;
    if (need < pool->srv->threads)
        need = pool->srv->threads;
    struct pool_worker *best = NULL, **at = &pool->first;
    for (; need > 0 && *at; need--, at = &(*at)->next)
        if (best == NULL || (*at)->conns < best->conns)
            best = *at;
    struct pool_worker *fresh = need > 0 ? worker_start(pool, at) : NULL;
    if (fresh)
        return fresh;
    return best && best->conns < pool->capacity ? best : NULL;
}

void worker_pool_give(struct worker_pool *pool, SOCKET accepted)
{
    struct conn *c = conn_open(pool->srv->stats, accepted);
    if (c == NULL)
        return;
    struct pool_worker *w = worker_pool_find(pool);
    if (w == NULL) {
        conn_refuse(pool->srv->stats, c, GetLastError());
        return;
    }
    InterlockedIncrement(&w->conns);
    InterlockedIncrement(&pool->conns);
    AcquireSRWLockExclusive(&w->lock);
    const bool wake = w->waiting == 0; /* or else it is woken already */
    w->inbox[w->waiting++] = c;
    ReleaseSRWLockExclusive(&w->lock);
    if (wake) /* lost: worker_pool_maintain does it again */
        worker_wake(w);
}

struct conn *worker_pool_take(struct pool_worker *w)
{
    AcquireSRWLockExclusive(&w->lock);
    struct conn *c = w->waiting > 0 ? w->inbox[--w->waiting] : NULL;
    ReleaseSRWLockExclusive(&w->lock);
    return c;
}

void worker_pool_gone(struct pool_worker *w)
{
    InterlockedDecrement(&w->conns);
    InterlockedDecrement(&w->pool->conns);
}

void worker_pool_maintain(struct worker_pool *pool)
{
    if (GetTickCount64() < pool->maintain_at)
        return;
    pool->maintain_at = GetTickCount64() + WORKER_POOL_MAINTAIN_MS;
    struct pool_worker **at = &pool->first;
    for (uint32_t i = 0; *at; i++) {
        struct pool_worker *w = *at;
        if (i >= pool->srv->threads && w->conns == 0) {
            worker_tell_to_leave(w);
            worker_join(at);
            continue;
        }
        AcquireSRWLockExclusive(&w->lock);
        const bool waits = w->waiting > 0;
        ReleaseSRWLockExclusive(&w->lock);
        if (waits)
            worker_wake(w);
        at = &w->next;
    }
}

void worker_pool_end(struct worker_pool *pool)
{
    for (struct pool_worker *w = pool->first; w; w = w->next)
        worker_tell_to_leave(w);
    while (pool->first)
        worker_join(&pool->first);
}
