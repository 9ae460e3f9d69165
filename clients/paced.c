/* Open loop: each connection's messages leave at times that were fixed before,
 * --rate of all together, whether or not echoes came back. What a stall held up
 * leaves after it, all of it, and its latency counts from when it was due. */
#include "clients/load_thread.h"
#include "common/options.h"

enum {
    PACED_STAMPS = 64 /* in flight, all timed; of more a part */
};

static uint16_t paced_stamps(const struct option_values *options)
{
    (void)options;
    return PACED_STAMPS;
}

static void paced_next(struct load_thread *thread, struct client *client)
{
    const struct flow *f = &client->flow;

    client_queue(thread, client,
                 client_intended(thread, client, f->limit / f->message));
}

static void paced_start(struct load_thread *thread, struct client *client,
                        int64_t now)
{
    (void)now;
    paced_next(thread, client);
}

static int64_t paced_due(struct load_thread *thread, struct part *part,
                         int64_t now)
{
    for (int i = 0; i < THREAD_BURST; i++) {
        int64_t due;
        struct client *client = queue_take(thread, &part->queue, now, &due);

        if (client == NULL)
            return due;
        flow_begin(&client->flow, 1);
        paced_next(thread, client);
        client_send(thread, client, now);
    }
    return now;
}

const struct traffic traffic_paced = {
    .name = "paced",
    .summary = "sends at fixed times, whether or not echoes came back",
    .rated = true,
    .scheduled = true,
    .stamps = paced_stamps,
    .start = paced_start,
    .due = paced_due,
};
