/* The book's client: sends again when its last send completes and receives the
 * echo meanwhile, as fast as it goes or at a --rate of all together. */
#include "clients/load_thread.h"
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

static void stream_next(struct load_thread *thread, struct client *client)
{
    if (thread->interval_ns > 0)
        client_queue(thread, client, 0);
    else
        flow_begin(&client->flow, 1);
}

static void stream_start(struct load_thread *thread, struct client *client,
                         int64_t now)
{
    (void)now;
    stream_next(thread, client);
}

static int64_t stream_when(const struct load_thread *thread)
{
    return thread->paced_ns +
           (int64_t)((double)thread->paced * thread->interval_ns);
}

static int64_t stream_due(struct load_thread *thread, struct part *part,
                          int64_t now)
{
    struct client *client;
    int64_t due;

    if (thread->interval_ns <= 0)
        return INT64_MAX;
    if (stream_when(thread) < now - STREAM_CREDIT_NS) {
        thread->paced_ns = now - STREAM_CREDIT_NS;
        thread->paced = 0;
    }
    for (int i = 0; i < THREAD_BURST && stream_when(thread) <= now; i++) {
        client = queue_take(thread, &part->queue, now, &due);
        if (client == NULL)
            return due;
        thread->paced++;
        flow_begin(&client->flow, 1);
        client_send(thread, client, now);
    }
    return stream_when(thread);
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
