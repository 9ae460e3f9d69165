/* Connected and silent, but for a message every --think (a second) that proves
 * that the connection is alive. */
#include "clients/lane.h"
#include "clients/load.h"

#define IDLE_BEAT_NS INT64_C(1000000000)

static uint16_t idle_stamps(const struct load_options *options)
{
    (void)options;
    return 1;
}

static void idle_rest(struct lane *lane, struct client *client, int64_t now)
{
    int64_t think = lane->shared->think_ns;

    lane_queue(lane, client, now + (think > 0 ? think : IDLE_BEAT_NS));
}

static void idle_echoed(struct lane *lane, struct client *client,
                        uint64_t messages, int64_t now)
{
    (void)messages;
    idle_rest(lane, client, now);
}

static int64_t idle_due(struct lane *lane, struct part *part, int64_t now)
{
    struct client *client;
    int64_t due;

    while ((client = lane_queue_take(lane, &part->queue, now, &due)) != NULL) {
        flow_begin(&client->flow, 1);
        lane_send(lane, client, now);
    }
    return due;
}

const struct traffic traffic_idle = {
    .name = "idle",
    .summary = "holds the connection, with a message now and then",
    .thinks = true,
    .stamps = idle_stamps,
    .start = idle_rest,
    .echoed = idle_echoed,
    .due = idle_due,
};
