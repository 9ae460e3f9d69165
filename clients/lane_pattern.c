/* What a traffic pattern asks of its lane. */
#include "clients/lane.h"

#include "common/options.h"

void lane_send(struct lane *lane, struct client *client, int64_t now)
{
    /* Nothing was owed until now: the wait for an echo begins here. */
    if (client->flow.given == client->flow.received)
        client->touched_ns = now;
    if (flow_want(&client->flow) > 0)
        engine_send(lane->engine, client);
}

static void lane_queue_add(struct queue *queue, struct client *client,
                           int64_t due_ns)
{
    if (client->queued)
        return;
    client->due_ns = due_ns;
    client->next = NULL;
    client->queued = true;
    *queue->end = client;
    queue->end = &client->next;
}

void lane_queue(struct lane *lane, struct client *client, int64_t due_ns)
{
    (void)lane;
    lane_queue_add(&client->part->queue, client, due_ns);
}

void lane_queue_at_once(struct client *client)
{
    lane_queue_add(&client->part->at_once, client, 0);
}

int64_t lane_spread(const struct lane *lane, const struct client *client,
                    int64_t interval_ns)
{
    return (int64_t)((double)interval_ns * client->index /
                     (double)lane->shared->options->connections);
}

int64_t lane_intended(const struct lane *lane, const struct client *client,
                      uint64_t message)
{
    const struct option_values *options = lane->shared->options;
    uint64_t healthy = options->connections -
                       mix_hostile(&lane->shared->mix, options->connections);
    double each =
        lane->interval_ns * (double)healthy / (double)options->threads;

    return lane->paced_ns + lane_spread(lane, client, (int64_t)each) +
           (int64_t)(each * (double)(message - 1));
}

static void lane_queue_pop(struct queue *queue)
{
    struct client *client = queue->first;

    client->queued = false;
    queue->first = client->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
}

struct client *lane_queue_take(struct lane *lane, struct queue *queue,
                               int64_t now, int64_t *due)
{
    struct client *client;

    while (queue->first != NULL && queue->first->state != CLIENT_ACTIVE &&
           queue->first->state != CLIENT_WAITING)
        lane_queue_pop(queue);
    *due = INT64_MAX;
    client = queue->first;
    if (client == NULL)
        return NULL;
    if (client->due_ns > now) {
        *due = client->due_ns;
        return NULL;
    }
    if (client->state == CLIENT_WAITING && queue == &client->part->queue &&
        lane->pending >= lane->window)
        return NULL;
    lane_queue_pop(queue);
    return client;
}
