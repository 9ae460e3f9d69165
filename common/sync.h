/* Threads, and what they share: counts with one writer and any number of
 * readers, and an event to wait for. */
#ifndef IOMODELS_SYNC_H
#define IOMODELS_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef _WIN32
#include "common/win.h"

/* Aligned 64-bit loads and stores are atomic on 64-bit Windows. */
struct sync_count {
    volatile LONG64 value;
};

static inline uint64_t sync_get(const struct sync_count *c)
{
    return (uint64_t)c->value;
}

static inline void sync_set(struct sync_count *c, uint64_t value)
{
    InterlockedExchange64(&c->value, (LONG64)value);
}

static inline void sync_add(struct sync_count *c, uint64_t n)
{
    c->value = (LONG64)((uint64_t)c->value + n);
}
#else
#include <stdatomic.h>

struct sync_count {
    _Atomic uint64_t value;
};

static inline uint64_t sync_get(const struct sync_count *c)
{
    return atomic_load_explicit(&c->value, memory_order_acquire);
}

static inline void sync_set(struct sync_count *c, uint64_t value)
{
    atomic_store_explicit(&c->value, value, memory_order_release);
}

/* By the one thread that writes this count: no locked instruction. */
static inline void sync_add(struct sync_count *c, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&c->value, memory_order_relaxed);

    atomic_store_explicit(&c->value, old + n, memory_order_relaxed);
}
#endif

/* Set by any thread, waited for by one; a wait takes the signal with it. It
 * stays until the process ends. */
struct sync_event;
struct sync_event *sync_event_make(void); /* never NULL: dies without memory */
void sync_event_set(struct sync_event *event);
void sync_event_wait(struct sync_event *event, uint32_t ms);

/* A thread running run(arg). NULL with error_last() when it cannot start.
 * Joining a thread frees it; without that, a thread ends with the process. */
struct sync_thread;
struct sync_thread *sync_thread_start(void (*run)(void *), void *arg);
void sync_thread_join(struct sync_thread *thread);

/* What this thread opens from here on is open in no other thread, so that the
 * kernel need not guard it. Where that cannot be it is slower. */
void sync_thread_own_files(void);

#endif
