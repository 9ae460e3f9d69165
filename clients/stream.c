/* The book's client: sends again when its last send completes and receives the
 * echo meanwhile, as fast as it goes or at a --rate of all together. */
#include "clients/lane.h"
#include "common/options.h"

enum {
    /* There is no bound on messages in flight, so a sample of them is timed,
     * thin enough for these. */
    STREAM_STAMPS = 16
};

/* What a stall left unsent is made up for, but no more than this. */
#define STREAM_CREDIT_NS INT64_C(100000000)

static uint16_t stream_stamps(const struct option_values *options)
{
    (void)options;
    return STREAM_STAMPS;
}

static void stream_next(struct lane *lane, struct client *client)
{
    if (lane->interval_ns > 0)
        lane_queue(lane, client, 0);
    else
        flow_begin(&client->flow, 1);
}

static void stream_start(struct lane *lane, struct client *client, int64_t now)
{
    (void)now;
    stream_next(lane, client);
}

static int64_t stream_when(const struct lane *lane)
{
    return lane->paced_ns + (int64_t)((double)lane->paced * lane->interval_ns);
}

static int64_t stream_due(struct lane *lane, struct part *part, int64_t now)
{
    struct client *client;
    int64_t due;

    if (lane->interval_ns <= 0)
        return INT64_MAX;
    if (stream_when(lane) < now - STREAM_CREDIT_NS) {
        lane->paced_ns = now - STREAM_CREDIT_NS;
        lane->paced = 0;
    }
    for (int i = 0; i < LANE_BURST && stream_when(lane) <= now; i++) {
        client = lane_queue_take(lane, &part->queue, now, &due);
        if (client == NULL)
            return due;
        lane->paced++;
        flow_begin(&client->flow, 1);
        lane_send(lane, client, now);
    }
    return stream_when(lane);
}

const struct traffic traffic_stream = {
    .name = "stream",
    .summary = "sends again when the last send completes, receives meanwhile",
    .rated = true,
    .stamps = stream_stamps,
    .start = stream_start,
    .sent = stream_next,
    .due = stream_due,
};
