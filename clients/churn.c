/* Connects, exchanges one message, closes, and again after --think: each time
 * an attempt with its outcome. It closes by FIN and by reset in turn: FIN for
 * FIN proves that nothing came after the echo; a reset leaves no TIME_WAIT. */
#include "clients/load_thread.h"
#include "common/options.h"

static uint16_t churn_stamps(const struct option_values *options)
{
    (void)options;
    return 1;
}

/* The first message is back. */
static void churn_start(struct load_thread *thread, struct client *client,
                        int64_t now)
{
    if (client->cycle % 2 == 0)
        client_finish(thread, client, now);
    else
        client_queue_at_once(client);
}

/* One that the server closed before its reset comes again after --think. */
static void churn_reset(struct load_thread *thread, struct client *client,
                        int64_t now)
{
    if (client->state == CLIENT_ACTIVE)
        client_leave(thread, client, true);
    else
        client_queue(thread, client, now + thread->shared->think_ns);
}

static int64_t churn_due(struct load_thread *thread, struct part *part,
                         int64_t now)
{
    struct client *client;
    int64_t due;

    while ((client = queue_take(thread, &part->at_once, now, &due)) != NULL)
        churn_reset(thread, client, now);
    while ((client = queue_take(thread, &part->queue, now, &due)) != NULL)
        client_try_again(thread, client, now);
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
