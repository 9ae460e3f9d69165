/* What a traffic pattern asks of its lane. */
#include "clients/lane.h"

void lane_send(struct lane *lane, struct client *client, int64_t now)
{
    /* Nothing was owed until now: the wait for an echo begins here. */
    if (client->flow.given == client->flow.received)
        client->touched_ns = now;
    if (flow_want(&client->flow) > 0)
        engine_send(lane->engine, client);
}

void lane_queue(struct lane *lane, struct client *client, int64_t due_ns)
{
    client->due_ns = due_ns;
    client->next = NULL;
    client->queued = true;
    *lane->queue_end = client;
    lane->queue_end = &client->next;
}

void lane_queue_pop(struct lane *lane)
{
    struct client *client = lane->queue;

    client->queued = false;
    lane->queue = client->next;
    if (lane->queue == NULL)
        lane->queue_end = &lane->queue;
}

struct client *lane_queue_head(struct lane *lane)
{
    while (lane->queue != NULL && lane->queue->state != CLIENT_ACTIVE)
        lane_queue_pop(lane);
    return lane->queue;
}
