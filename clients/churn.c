/* Connects, exchanges one message, closes, and again after --think: each time
 * an attempt with its outcome. It closes by FIN and by reset in turn: FIN for
 * FIN proves that nothing came after the echo; a reset leaves no TIME_WAIT. */
#include "clients/lane.h"
#include "common/options.h"

static uint16_t churn_stamps(const struct option_values *options)
{
    (void)options;
    return 1;
}

/* The first message is back. */
static void churn_start(struct lane *lane, struct client *client, int64_t now)
{
    if (client->cycle % 2 == 0)
        lane_finish(lane, client, now);
    else
        lane_queue_at_once(client);
}

/* One that the server closed before its reset comes again after --think. */
static void churn_reset(struct lane *lane, struct client *client, int64_t now)
{
    if (client->state == CLIENT_ACTIVE)
        lane_leave(lane, client, true);
    else
        lane_queue(lane, client, now + lane->shared->think_ns);
}

static int64_t churn_due(struct lane *lane, struct part *part, int64_t now)
{
    struct client *client;
    int64_t due;

    while ((client = lane_queue_take(lane, &part->at_once, now, &due)) != NULL)
        churn_reset(lane, client, now);
    while ((client = lane_queue_take(lane, &part->queue, now, &due)) != NULL)
        lane_try_again(lane, client, now);
    return due;
}

const struct traffic traffic_churn = {
    .name = "churn",
    .summary = "connects, exchanges one message, closes, repeats",
    .thinks = true,
    .renews = true,
    .stamps = churn_stamps,
    .start = churn_start,
    .due = churn_due,
};
