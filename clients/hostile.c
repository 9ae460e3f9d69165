/* Peers that a server must survive. They stay until the load drains and come
 * again when they ended; what comes back to them is verified like all else. */
#include <string.h>

#include "clients/load_thread.h"
#include "common/options.h"

enum {
    HOSTILE_MANY = 16 /* messages: more than is echoed until the reset */
};

static uint16_t hostile_stamps(const struct option_values *options)
{
    (void)options;
    return 0;
}

static void hostile_tick(struct load_thread *thread, struct client *client,
                         int64_t now)
{
    client_queue(thread, client, now + THREAD_HOSTILE_NS);
}

/* Calls `act` for each connection whose time it is. */
static int64_t
hostile_each(struct load_thread *thread, struct part *part, int64_t now,
             void (*act)(struct load_thread *, struct client *, int64_t))
{
    struct client *client;
    int64_t due;

    while ((client = queue_take(thread, &part->queue, now, &due)) != NULL) {
        if (client->state == CLIENT_WAITING)
            client_try_again(thread, client, now);
        else
            act(thread, client, now);
    }
    return due;
}

/* --- silent: sends nothing ----------------------------------------------- */

static void silent_start(struct load_thread *thread, struct client *client,
                         int64_t now)
{
    (void)thread, (void)client, (void)now;
}

static int64_t silent_due(struct load_thread *thread, struct part *part,
                          int64_t now)
{
    return hostile_each(thread, part, now, silent_start);
}

/* --- deaf: sends on, and reads nothing ----------------------------------- */

static void non_reading_start(struct load_thread *thread, struct client *client,
                              int64_t now)
{
    (void)now;
    engine_pause(thread->engine, client);
    flow_begin(&client->flow, 1);
}

static void non_reading_sent(struct load_thread *thread, struct client *client)
{
    (void)thread;
    flow_begin(&client->flow, 1);
}

/* --- slow: a byte at a time ----------------------------------------------
 * Every other one is slow to send, the rest send on and are slow to read. */

static bool slow_reads(const struct client *client)
{
    return client->cycle % 2 != client->ordinal % 2;
}

static void slow_start(struct load_thread *thread, struct client *client,
                       int64_t now)
{
    if (slow_reads(client))
        non_reading_start(thread, client, now);
    else
        flow_extend(&client->flow, 1);
    hostile_tick(thread, client, now);
}

static void slow_sent(struct load_thread *thread, struct client *client)
{
    if (slow_reads(client))
        non_reading_sent(thread, client);
}

static void slow_act(struct load_thread *thread, struct client *client,
                     int64_t now)
{
    hostile_tick(thread, client, now);
    if (slow_reads(client)) {
        engine_take(thread->engine, client, 1);
        return;
    }
    /* The next byte when the last one is back. */
    if (!flow_owed(&client->flow))
        flow_extend(&client->flow, 1);
    client_send(thread, client, now);
}

static int64_t slow_due(struct load_thread *thread, struct part *part,
                        int64_t now)
{
    return hostile_each(thread, part, now, slow_act);
}

/* --- reset: in mid-stream ------------------------------------------------
 * In turn while the server waits for the rest of a message, and while it may
 * be sending. */

static void reset_start(struct load_thread *thread, struct client *client,
                        int64_t now)
{
    if (client->cycle % 2 == 0) {
        flow_extend(&client->flow, (client->flow.message + 1) / 2);
    } else {
        engine_pause(thread->engine, client);
        flow_begin(&client->flow, HOSTILE_MANY);
    }
    hostile_tick(thread, client, now);
}

static void reset_act(struct load_thread *thread, struct client *client,
                      int64_t now)
{
    (void)now;
    client_leave(thread, client, true);
}

static int64_t reset_due(struct load_thread *thread, struct part *part,
                         int64_t now)
{
    return hostile_each(thread, part, now, reset_act);
}

static const struct traffic hostile_all[] = {
    {.name = "silent",
     .summary = "connects and sends nothing",
     .renews = true,
     .hostile = true,
     .stamps = hostile_stamps,
     .start = silent_start,
     .due = silent_due},
    {.name = "slow",
     .summary = "sends, or reads, a byte at a time",
     .renews = true,
     .hostile = true,
     .stamps = hostile_stamps,
     .start = slow_start,
     .sent = slow_sent,
     .due = slow_due},
    {.name = "deaf",
     .summary = "sends on and never reads",
     .renews = true,
     .hostile = true,
     .stamps = hostile_stamps,
     .start = non_reading_start,
     .sent = non_reading_sent,
     .due = silent_due},
    {.name = "reset",
     .summary = "resets in mid-stream",
     .renews = true,
     .hostile = true,
     .stamps = hostile_stamps,
     .start = reset_start,
     .due = reset_due},
};

enum { HOSTILE_COUNT = sizeof hostile_all / sizeof *hostile_all };

const struct traffic *hostile_find(const char *name)
{
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        if (strcmp(hostile_all[i].name, name) == 0)
            return &hostile_all[i];
    return NULL;
}

const char *const *hostile_names(void)
{
    static const char *names[HOSTILE_COUNT + 1];

    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        names[i] = hostile_all[i].name;
    return names;
}
