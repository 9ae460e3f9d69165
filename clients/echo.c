/* One message, all of its echo, the next: --pipeline of them at once, --think
 * between an echo and the next message. */
#include "clients/load_thread.h"
#include "common/options.h"

static uint16_t echo_stamps(const struct option_values *options)
{
    return (uint16_t)options->pipeline;
}

/* Fills the connection up to its depth. */
static void echo_fill(const struct load_thread *thread, struct client *client)
{
    const struct flow *f = &client->flow;
    uint64_t depth = thread->shared->options->pipeline * f->message;
    uint64_t owed = f->limit - (f->echo_end - f->message);

    if (owed < depth)
        flow_begin(&client->flow, (depth - owed) / f->message);
}

static void echo_start(struct load_thread *thread, struct client *client,
                       int64_t now)
{
    int64_t think = thread->shared->think_ns;

    if (think == 0)
        echo_fill(thread, client);
    else
        client_queue(thread, client,
                     now + client_spread(thread, client, think));
}

static void echo_echoed(struct load_thread *thread, struct client *client,
                        uint64_t messages, int64_t now)
{
    int64_t think = thread->shared->think_ns;

    if (think == 0)
        flow_begin(&client->flow, messages);
    else
        client_queue(thread, client, now + think);
}

static int64_t echo_due(struct load_thread *thread, struct part *part,
                        int64_t now)
{
    for (int i = 0; i < THREAD_BURST; i++) {
        int64_t due;
        struct client *client = queue_take(thread, &part->queue, now, &due);

        if (client == NULL)
            return due;
        echo_fill(thread, client);
        client_send(thread, client, now);
    }
    return now;
}

const struct traffic traffic_echo = {
    .name = "echo",
    .summary = "one message, all of its echo, repeat",
    .pipelined = true,
    .thinks = true,
    .stamps = echo_stamps,
    .start = echo_start,
    .echoed = echo_echoed,
    .due = echo_due,
};
