/* Connected and silent, but for a message every --think (a second) that proves
 * that the connection is alive. */
#include "clients/load_thread.h"
#include "common/options.h"

#define IDLE_BEAT_NS INT64_C(1000000000)

static uint16_t idle_stamps(const struct option_values *options)
{
    (void)options;
    return 1;
}

static int64_t idle_beat(const struct load_thread *thread)
{
    int64_t think = thread->shared->think_ns;

    return think > 0 ? think : IDLE_BEAT_NS;
}

static void idle_start(struct load_thread *thread, struct client *client,
                       int64_t now)
{
    client_queue(thread, client,
                 now + client_spread(thread, client, idle_beat(thread)));
}

static void idle_echoed(struct load_thread *thread, struct client *client,
                        uint64_t messages, int64_t now)
{
    (void)messages;
    client_queue(thread, client, now + idle_beat(thread));
}

static int64_t idle_due(struct load_thread *thread, struct part *part,
                        int64_t now)
{
    for (int i = 0; i < THREAD_BURST; i++) {
        int64_t due;
        struct client *client = queue_take(thread, &part->queue, now, &due);

        if (client == NULL)
            return due;
        flow_begin(&client->flow, 1);
        client_send(thread, client, now);
    }
    return now;
}

const struct traffic traffic_idle = {
    .name = "idle",
    .summary = "holds the connection, with a message now and then",
    .thinks = true,
    .stamps = idle_stamps,
    .start = idle_start,
    .echoed = idle_echoed,
    .due = idle_due,
};
