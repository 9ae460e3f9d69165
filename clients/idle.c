/* Connected and silent, but for a message every --think (a second) that proves
 * that the connection is alive. */
#include "clients/lane.h"
#include "common/options.h"

#define IDLE_BEAT_NS INT64_C(1000000000)

static uint16_t idle_stamps(const struct option_values *options)
{
    (void)options;
    return 1;
}

static int64_t idle_beat(const struct lane *lane)
{
    int64_t think = lane->shared->think_ns;

    return think > 0 ? think : IDLE_BEAT_NS;
}

static void idle_start(struct lane *lane, struct client *client, int64_t now)
{
    lane_queue(lane, client, now + lane_spread(lane, client, idle_beat(lane)));
}

static void idle_echoed(struct lane *lane, struct client *client,
                        uint64_t messages, int64_t now)
{
    (void)messages;
    lane_queue(lane, client, now + idle_beat(lane));
}

static int64_t idle_due(struct lane *lane, struct part *part, int64_t now)
{
    for (int i = 0; i < LANE_BURST; i++) {
        int64_t due;
        struct client *client = lane_queue_take(lane, &part->queue, now, &due);

        if (client == NULL)
            return due;
        flow_begin(&client->flow, 1);
        lane_send(lane, client, now);
    }
    return now;
}

const struct traffic traffic_idle = {
    .name = "idle",
    .summary = "holds the connection, with a message now and then",
    .thinks = true,
    .stamps = idle_stamps,
    .start = idle_start,
    .echoed = idle_echoed,
    .due = idle_due,
};
