/* How much of its time a load thread had nothing to do: seen from within while
 * it waits, and from without at any moment. */
#include "clients/load_thread.h"

#include "common/clock.h"

/* A wait that finds something ready takes about as long as its call: that is
 * no rest, but work. */
enum { THREAD_CALL_NS = 2000 };

void thread_rest(struct load_thread *thread)
{
    sync_set(&thread->resting_ns, (uint64_t)clock_ns());
}

void thread_wake(struct load_thread *thread)
{
    uint64_t took = (uint64_t)clock_ns() - sync_get(&thread->resting_ns);

    if (took > THREAD_CALL_NS)
        sync_add(&thread->rested_ns, took);
    sync_set(&thread->resting_ns, 0);
}

void thread_look(const struct load_thread *thread, int64_t now,
                 struct thread_view *view)
{
    const struct mix *mix = &thread->shared->mix;
    uint64_t since;

    do {
        since = sync_get(&thread->resting_ns);
        view->rested_ns = sync_get(&thread->rested_ns);
    } while (since != sync_get(&thread->resting_ns));
    if (since != 0 && since < (uint64_t)now)
        view->rested_ns += (uint64_t)now - since;
    view->echoed = 0;
    for (uint32_t i = 0; i < mix->healthy; i++)
        view->echoed +=
            sync_get(&thread->parts[i].counts.counter[COUNTER_MESSAGES_ECHOED]);
}

bool thread_saturated(const struct thread_view *begin,
                      const struct thread_view *end, int64_t window_ns,
                      uint32_t percent)
{
    uint64_t rested = end->rested_ns > begin->rested_ns
                          ? end->rested_ns - begin->rested_ns
                          : 0;

    return end->echoed > begin->echoed && window_ns > 0 &&
           rested * 100 < (uint64_t)window_ns * (100 - percent);
}
