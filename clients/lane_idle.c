/* How much of its time a lane had nothing to do: seen from within while it
 * waits, and from without at any moment. */
#include "clients/lane.h"

#include "common/clock.h"

/* A wait that finds something ready takes about as long as its call: that is
 * no rest, but work. */
enum { LANE_CALL_NS = 2000 };

void lane_rest(struct lane *lane)
{
    sync_set(&lane->resting_ns, (uint64_t)clock_ns());
}

void lane_wake(struct lane *lane)
{
    uint64_t took = (uint64_t)clock_ns() - sync_get(&lane->resting_ns);

    if (took > LANE_CALL_NS)
        sync_add(&lane->rested_ns, took);
    sync_set(&lane->resting_ns, 0);
}

void lane_look(const struct lane *lane, int64_t now, struct lane_view *view)
{
    const struct mix *mix = &lane->shared->mix;
    uint64_t since;

    do {
        since = sync_get(&lane->resting_ns);
        view->rested_ns = sync_get(&lane->rested_ns);
    } while (since != sync_get(&lane->resting_ns));
    if (since != 0 && since < (uint64_t)now)
        view->rested_ns += (uint64_t)now - since;
    view->echoed = 0;
    for (uint32_t i = 0; i < mix->healthy; i++)
        view->echoed +=
            sync_get(&lane->parts[i].counts.tally[TALLY_MESSAGES_ECHOED]);
}

bool lane_saturated(const struct lane_view *begin, const struct lane_view *end,
                    int64_t window_ns, uint32_t percent)
{
    uint64_t rested = end->rested_ns > begin->rested_ns
                          ? end->rested_ns - begin->rested_ns
                          : 0;

    return end->echoed > begin->echoed && window_ns > 0 &&
           rested * 100 < (uint64_t)window_ns * (100 - percent);
}
