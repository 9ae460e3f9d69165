/* What a traffic pattern asks of its load thread. */
#include "clients/load_thread.h"

#include "common/options.h"

void client_send(struct load_thread *thread, struct client *client, int64_t now)
{
    /* Nothing was owed until now: the wait for an echo begins here. */
    if (client->flow.given == client->flow.received)
        client->touched_ns = now;
    if (flow_want(&client->flow) > 0)
        engine_send(thread->engine, client);
}

static void queue_add(struct queue *queue, struct client *client,
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

void client_queue(struct load_thread *thread, struct client *client,
                  int64_t due_ns)
{
    (void)thread;
    queue_add(&client->part->queue, client, due_ns);
}

void client_queue_at_once(struct client *client)
{
    queue_add(&client->part->at_once, client, 0);
}

int64_t client_spread(const struct load_thread *thread,
                      const struct client *client, int64_t interval_ns)
{
    return (int64_t)((double)interval_ns * client->index /
                     (double)thread->shared->options->connections);
}

int64_t client_intended(const struct load_thread *thread,
                        const struct client *client, uint64_t message)
{
    const struct option_values *options = thread->shared->options;
    uint64_t healthy = options->connections -
                       mix_hostile(&thread->shared->mix, options->connections);
    double each =
        thread->interval_ns * (double)healthy / (double)options->threads;

    return thread->paced_ns + client_spread(thread, client, (int64_t)each) +
           (int64_t)(each * (double)(message - 1));
}

static void queue_pop(struct queue *queue)
{
    struct client *client = queue->first;

    client->queued = false;
    queue->first = client->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
}

struct client *queue_take(struct load_thread *thread, struct queue *queue,
                          int64_t now, int64_t *due)
{
    struct client *client;

    while (queue->first != NULL && queue->first->state != CLIENT_ACTIVE &&
           queue->first->state != CLIENT_WAITING)
        queue_pop(queue);
    *due = INT64_MAX;
    client = queue->first;
    if (client == NULL)
        return NULL;
    if (client->due_ns > now) {
        *due = client->due_ns;
        return NULL;
    }
    if (client->state == CLIENT_WAITING && queue == &client->part->queue &&
        thread->pending >= thread->window)
        return NULL;
    queue_pop(queue);
    return client;
}
