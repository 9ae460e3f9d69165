/* The table of traffic: what a connection does when its traffic begins, when
 * echoes are back, when all is sent, and when its time has come. */
#include "clients/load_thread.h"

#include "common/options.h"

enum {
    PATTERN_BURST = 64, /* actions at a turn, so that receiving goes on */
    /* What `stream` has in flight is not bounded: a sample of it is timed. */
    STREAM_STAMPS = 16,
    PACED_STAMPS = 64,
    HOSTILE_MANY = 16 /* messages: more than is echoed until the reset */
};

/* What a stall left unsent is made up for, but no more than this. */
#define STREAM_CREDIT_NS INT64_C(100000000)

/* --- echo: a message, all of its echo, the next ----------------------------
 * --pipeline of them at once, --think between an echo and the next message.
 * `idle` is the same with one message and a long pause. */

/* Fills the connection up to its depth. */
static void echo_fill(struct client *client)
{
    const struct flow *f = &client->flow;
    uint64_t depth = client->thread->shared->options->pipeline * f->message;
    uint64_t owed = f->limit - (f->echo_end - f->message);

    if (owed < depth)
        flow_begin(&client->flow, (depth - owed) / f->message);
}

static void echo_start(struct client *client, int64_t now)
{
    int64_t think = client->thread->shared->think_ns;

    if (think == 0)
        echo_fill(client);
    else
        client_queue(client, now + client_spread(client, think));
}

static void echo_echoed(struct client *client, uint64_t messages, int64_t now)
{
    int64_t think = client->thread->shared->think_ns;

    if (think == 0)
        flow_begin(&client->flow, messages);
    else
        client_queue(client, now + think);
}

static void echo_act(struct client *client, int64_t now)
{
    echo_fill(client);
    client_send(client, now);
}

/* --- stream: the book's client ---------------------------------------------
 * Sends again when its last send completes and receives the echo meanwhile, as
 * fast as it goes or at a --rate of all together. */

static void stream_next(struct client *client)
{
    if (client->thread->interval_ns > 0)
        client_queue(client, 0);
    else
        flow_begin(&client->flow, 1);
}

static void stream_start(struct client *client, int64_t now)
{
    (void)now;
    stream_next(client);
}

/* When the rate allows the next message of any connection. */
static int64_t stream_when(struct load_thread *thread, int64_t now)
{
    int64_t when = thread->paced_ns +
                   (int64_t)((double)thread->paced * thread->interval_ns);

    if (when >= now - STREAM_CREDIT_NS)
        return when;
    thread->paced_ns = now - STREAM_CREDIT_NS;
    thread->paced = 0;
    return thread->paced_ns;
}

static void stream_act(struct client *client, int64_t now)
{
    client->thread->paced++;
    flow_begin(&client->flow, 1);
    client_send(client, now);
}

/* --- paced: an open loop ---------------------------------------------------
 * Each connection's messages leave at times that were fixed before, whether or
 * not echoes came back. What a stall held up leaves after it, all of it, and
 * its latency counts from when it was due. */

static void paced_next(struct client *client)
{
    const struct flow *f = &client->flow;

    client_queue(client, client_intended(client, f->limit / f->message));
}

static void paced_start(struct client *client, int64_t now)
{
    (void)now;
    paced_next(client);
}

static void paced_act(struct client *client, int64_t now)
{
    flow_begin(&client->flow, 1);
    paced_next(client);
    client_send(client, now);
}

/* --- churn: connects, exchanges one message, closes ------------------------
 * Each time an attempt with its outcome. It closes by FIN and by reset in turn:
 * FIN for FIN proves that nothing came after the echo; a reset leaves no
 * TIME_WAIT. */

/* The first message is back. */
static void churn_start(struct client *client, int64_t now)
{
    if (client->cycle % 2 == 0)
        client_finish(client, now);
    else
        client_queue_at_once(client);
}

static void churn_act(struct client *client, int64_t now)
{
    if (client->state == CLIENT_ACTIVE)
        client_leave(client, true);
    else /* the server closed first, and the next connection waits */
        client_queue(client, now + client->thread->shared->think_ns);
}

/* --- hostile connections ---------------------------------------------------
 * Peers that a server must survive. They stay until the load drains and come
 * again when they ended; what comes back to them is verified like all else. */

static void silent_start(struct client *client, int64_t now)
{
    (void)client, (void)now;
}

/* Non-reading: sends on, and receives nothing. */
static void deaf_start(struct client *client, int64_t now)
{
    (void)now;
    engine_pause(client);
    flow_begin(&client->flow, 1);
}

static void deaf_sent(struct client *client)
{
    flow_begin(&client->flow, 1);
}

/* A byte at a time: half of them are slow to send, the others send on and are
 * slow to read. */
static bool slow_reads(const struct client *client)
{
    return client->cycle % 2 != client->ordinal % 2;
}

static void slow_start(struct client *client, int64_t now)
{
    if (slow_reads(client))
        deaf_start(client, now);
    else
        flow_extend(&client->flow, 1);
    client_queue(client, now + THREAD_HOSTILE_NS);
}

static void slow_sent(struct client *client)
{
    if (slow_reads(client))
        deaf_sent(client);
}

static void slow_act(struct client *client, int64_t now)
{
    client_queue(client, now + THREAD_HOSTILE_NS);
    if (slow_reads(client)) {
        engine_take(client, 1);
        return;
    }
    /* The next byte when the last one is back. */
    if (!flow_owed(&client->flow))
        flow_extend(&client->flow, 1);
    client_send(client, now);
}

/* Resets in turn while the server waits for the rest of a message, and while
 * it may be sending. */
static void reset_start(struct client *client, int64_t now)
{
    if (client->cycle % 2 == 0) {
        flow_extend(&client->flow, (client->flow.message + 1) / 2);
    } else {
        engine_pause(client);
        flow_begin(&client->flow, HOSTILE_MANY);
    }
    client_queue(client, now + THREAD_HOSTILE_NS);
}

static void reset_act(struct client *client, int64_t now)
{
    (void)now;
    client_leave(client, true);
}

enum { ROW_ECHO, ROW_STREAM, ROW_PACED, ROW_CHURN };

const struct traffic traffic_table[] = {
    [ROW_ECHO] = {.name = "echo",
                  .pipelined = true,
                  .thinks = true,
                  .start = echo_start,
                  .echoed = echo_echoed,
                  .act = echo_act},
    [ROW_STREAM] = {.name = "stream",
                    .rated = true,
                    .stamps = STREAM_STAMPS,
                    .start = stream_start,
                    .sent = stream_next,
                    .act = stream_act},
    [ROW_PACED] = {.name = "paced",
                   .rated = true,
                   .scheduled = true,
                   .stamps = PACED_STAMPS,
                   .start = paced_start,
                   .act = paced_act},
    [ROW_CHURN] = {.name = "churn",
                   .thinks = true,
                   .renews = true,
                   .stamps = 1,
                   .start = churn_start,
                   .act = churn_act},
    {.name = "idle",
     .thinks = true,
     .think_ns = INT64_C(1000000000),
     .stamps = 1,
     .start = echo_start,
     .echoed = echo_echoed,
     .act = echo_act},
    {.name = "mixed",
     .members = {&traffic_table[ROW_ECHO], &traffic_table[ROW_CHURN]},
     .pipelined = true,
     .thinks = true,
     .renews = true},
    {.name = "silent", .renews = true, .hostile = true, .start = silent_start},
    {.name = "slow",
     .renews = true,
     .hostile = true,
     .start = slow_start,
     .sent = slow_sent,
     .act = slow_act},
    {.name = "deaf",
     .renews = true,
     .hostile = true,
     .start = deaf_start,
     .sent = deaf_sent},
    {.name = "reset",
     .renews = true,
     .hostile = true,
     .start = reset_start,
     .act = reset_act},
    {.name = NULL},
};

int64_t part_due(struct load_thread *thread, struct part *part, int64_t now)
{
    const struct traffic *traffic = part->traffic;
    bool limited =
        traffic->rated && !traffic->scheduled && thread->interval_ns > 0;

    for (int i = 0; i < PATTERN_BURST; i++) {
        int64_t due = limited ? stream_when(thread, now) : now;
        struct client *client;

        if (due > now)
            return due;
        client = queue_take(thread, &part->at_once, now, &due);
        if (client != NULL) {
            traffic->act(client, now);
            continue;
        }
        client = queue_take(thread, &part->queue, now, &due);
        if (client == NULL)
            return due;
        if (client->state == CLIENT_WAITING)
            client_try_again(client, now);
        else
            traffic->act(client, now);
    }
    return now;
}
