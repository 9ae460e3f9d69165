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
    struct part *part = client->part;

    (void)lane;
    if (client->queued)
        return;
    client->due_ns = due_ns;
    client->next = NULL;
    client->queued = true;
    *part->queue_end = client;
    part->queue_end = &client->next;
}

void lane_queue_pop(struct part *part)
{
    struct client *client = part->queue;

    client->queued = false;
    part->queue = client->next;
    if (part->queue == NULL)
        part->queue_end = &part->queue;
}

struct client *lane_queue_head(struct part *part)
{
    while (part->queue != NULL && part->queue->state != CLIENT_ACTIVE &&
           part->queue->state != CLIENT_WAITING)
        lane_queue_pop(part);
    return part->queue;
}
