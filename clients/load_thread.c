/* A load thread: attempts, deadlines, orders, and how much it rested. */
#include "clients/load_thread.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/options.h"

enum {
    THREAD_WAIT_NS = 1000000000,
    THREAD_SWEEP_NS = 10000000,
    THREAD_BURST = 64, /* actions at a turn */
    /* A wait that finds something ready takes about as long as its call: that
     * is no rest, but work. */
    THREAD_CALL_NS = 2000
};

void thread_init(struct load_thread *thread, const struct shared *shared,
                 uint32_t first, uint32_t count)
{
    const struct option_values *options = shared->options;
    const struct mix *mix = &shared->mix;
    uint64_t hostile = mix_hostile(mix, options->connections);
    const uint64_t threads = options->threads * options->generators;

    *thread =
        (struct load_thread){.shared = shared, .first = first, .count = count};
    thread->window =
        (uint32_t)((options->connect_window + threads - 1) / threads);
    if (options->rate > 0) {
        thread->interval_ns =
            1e9 * shared->message * (double)threads / (double)options->rate;
        thread->schedule_ns = thread->interval_ns *
                              (double)(options->connections - hostile) /
                              (double)threads;
    }
    thread->random = option_poisson(options);
    for (uint32_t i = 0; i < mix->healthy + mix->hostile; i++)
        thread->parts[i].traffic = mix->part[i];
    thread->clients = calloc_or_die(count, sizeof *thread->clients);
    thread->stamps =
        calloc_or_die((size_t)count * shared->stamps, sizeof *thread->stamps);
    for (uint32_t i = 0; i < count; i++) {
        struct client *client = &thread->clients[i];

        client->thread = thread;
        client->index = first + i;
        client->part =
            &thread->parts[mix_part(mix, client->index, &client->ordinal)];
        client_flow(client, thread->stamps + (size_t)i * shared->stamps);
    }
    times_init(&thread->times, mix->part[0]->scheduled,
               options->rate > 0 || shared->think_ns > 0, options->turns);
    thread->engine = engine_open(thread);
}

void thread_free(struct load_thread *thread)
{
    engine_close(thread->engine);
    times_free(&thread->times);
    free(thread->stamps);
    free(thread->clients);
}

static void thread_reach(struct load_thread *thread, enum progress progress)
{
    if (sync_get(&thread->progress) >= (uint64_t)progress)
        return;
    sync_set(&thread->progress, (uint64_t)progress);
    sync_event_set(thread->shared->changed);
}

void thread_settle(struct load_thread *thread)
{
    if (thread->tried == thread->count && thread->unsettled == 0)
        thread_reach(thread,
                     thread->open == 0 ? PROGRESS_EMPTY : PROGRESS_SETTLED);
}

/* --- attempts ---------------------------------------------------------- */

static void client_try(struct client *client, int64_t now)
{
    struct load_thread *thread = client->thread;
    uint32_t error;

    client_count(client, COUNTER_CONNECTING, 1);
    thread->pending++;
    client->state = CLIENT_CONNECTING;
    client->touched_ns = now;
    client->late = false;
    error =
        engine_connect(client, client_source(client), &thread->shared->target);
    if (error != 0)
        client_failed(client, error);
}

static void thread_connect(struct load_thread *thread, int64_t now)
{
    while (thread->tried < thread->count && thread->pending < thread->window) {
        struct client *client = &thread->clients[thread->tried++];

        client_count(client, COUNTER_ATTEMPTED, 1);
        thread->unsettled += client_healthy(client);
        client_try(client, thread->pending > 0 ? clock_ns() : now);
    }
}

/* Connects a waiting client, when its time has come and the window has room. */
static void client_try_again(struct client *client, int64_t now)
{
    if (now < client->due_ns ||
        client->thread->pending >= client->thread->window)
        return;
    if (client->failed == 0)
        client_count(client, COUNTER_ATTEMPTED, 1);
    client_try(client, now);
}

/* There is no time for another try: the last one was its outcome. */
static void client_give_up(struct client *client)
{
    if (client->failed != 0)
        client_count(client, client->failed, 1);
    client->thread->unsettled -= client_healthy(client);
    client->state = CLIENT_OVER;
}

/* Connections that were not even tried are attempts too: the sum must be whole.
 */
static void thread_abandon(struct load_thread *thread, bool connected_too)
{
    for (uint32_t i = 0; i < thread->tried; i++) {
        struct client *client = &thread->clients[i];

        if (client->state == CLIENT_WAITING)
            client_give_up(client);
        else if (client_open(client) &&
                 (connected_too || client->state <= CLIENT_FIRST))
            client_over(client, OUTCOME_ABANDONED);
    }
    for (; thread->tried < thread->count; thread->tried++) {
        struct client *client = &thread->clients[thread->tried];

        client_count(client, COUNTER_ATTEMPTED, 1);
        client_count(client, OUTCOME_ABANDONED, 1);
        client->state = CLIENT_OVER;
    }
    thread_settle(thread);
}

/* --- deadlines --------------------------------------------------------- */

static void client_check(struct client *client, int64_t now)
{
    const struct shared *shared = client->thread->shared;
    bool exchanges =
        client->state > CLIENT_FIRST && client->state < CLIENT_FINISHED;

    if (client->state == CLIENT_WAITING && !client->queued)
        client_try_again(client, now);
    if (!client_open(client) ||
        now - client->touched_ns <= (client->state <= CLIENT_FIRST
                                         ? shared->connect_timeout_ns
                                         : shared->io_timeout_ns) ||
        (exchanges && (!client_healthy(client) || !flow_owed(&client->flow))))
        return;
    if (client->state == CLIENT_CONNECTING) {
        client_over(client, OUTCOME_TIMED_OUT);
        return;
    }
    /* An echo is late. When all was sent, a FIN asks the server for the rest:
     * its own FIN without the rest proves that bytes are missing, not slow. */
    client_missed(client, now);
    client->late = true;
    if (exchanges && flow_want(&client->flow) == 0)
        client_finish(client, now);
    else
        client_over(client, OUTCOME_UNSERVED);
}

static void thread_sweep(struct load_thread *thread, int64_t now)
{
    bool over = now > (int64_t)sync_get(&thread->shared->give_up_ns);

    if (over && thread->order == ORDER_CONNECT)
        thread_abandon(thread, false);
    for (uint32_t i = 0; i < thread->tried; i++) {
        struct client *client = &thread->clients[i];

        if (over && thread->order == ORDER_DRAIN && client_open(client)) {
            client_missed(client, now);
            client_over(client, client->state > CLIENT_FIRST
                                    ? OUTCOME_UNSERVED
                                    : OUTCOME_ABANDONED);
        } else {
            client_check(client, now);
        }
    }
}

/* The checks run ten times within the shortest deadline: no deadline is
 * exceeded by more than a tenth, and the checks stay cheap. */
static int64_t thread_sweep_every(const struct load_thread *thread)
{
    const struct shared *shared = thread->shared;
    bool connects = thread->order == ORDER_CONNECT;
    int64_t most = connects ? THREAD_WAIT_NS / 10 : THREAD_WAIT_NS;
    int64_t every =
        (connects ? shared->connect_timeout_ns : shared->io_timeout_ns) / 10;

    if (every > most)
        every = most;
    return every > THREAD_SWEEP_NS ? every : THREAD_SWEEP_NS;
}

/* --- orders ------------------------------------------------------------ */

static void thread_start(struct load_thread *thread, int64_t now)
{
    thread->paced_ns = now;
    for (uint32_t i = 0; i < thread->count; i++) {
        struct client *client = &thread->clients[i];

        if (client->state != CLIENT_HELD)
            continue;
        now = clock_ns();
        client_begin(client, now);
        client_send(client, now);
    }
}

/* No new traffic begins. A hostile connection closes at once. A healthy
 * connection, also while it connects, closes when its outstanding echoes are
 * here; it may still be held when its thread was too late for the traffic. */
static void client_wind_up(struct client *client, int64_t now)
{
    bool healthy = client_healthy(client);

    if (client->state == CLIENT_WAITING)
        client_give_up(client);
    else if (client->state == CLIENT_HELD ||
             (client->state == CLIENT_ACTIVE && healthy))
        client_drain(client, now);
    else if (client->state == CLIENT_ACTIVE)
        client_close(client, END_COMPLETED, false);
    else if (client->state == CLIENT_CONNECTING && !healthy)
        client_over(client, OUTCOME_ABANDONED);
}

/* A client acts that was due then, unless it became ready to send only after
 * that. What comes late by the load thread itself, by its timer or for want of
 * a processor, is no fault of the server. */
static void client_late(const struct client *client, int64_t due)
{
    const struct shared *shared = client->thread->shared;
    struct hdr_histogram *lateness = client->thread->times.of[TIMED_LATENESS];

    if (lateness == NULL || !client_healthy(client) ||
        due < (int64_t)sync_get(&shared->begin_ns) ||
        due > (int64_t)sync_get(&shared->end_ns))
        return;
    times_record(lateness,
                 clock_ns() - (due > client->due_ns ? due : client->due_ns), 1);
}

/* Lets the clients of a part act whose time has come, some at a time, so that
 * receiving goes on. Returns when the next is due: INT64_MAX for never; or it
 * would connect and the window is full, which the end of an attempt changes. */
static int64_t part_due(struct load_thread *thread, struct part *part,
                        int64_t now)
{
    for (int i = 0; i < THREAD_BURST; i++) {
        struct client *client = part->queue;
        int64_t due = now;
        bool waits;

        if (client == NULL)
            return INT64_MAX;
        waits = client->state == CLIENT_WAITING;
        if (waits || client->state == CLIENT_ACTIVE) {
            due = waits || part->traffic->when == NULL
                      ? client->due_ns
                      : part->traffic->when(thread, now);
            if (due > now)
                return due;
            if (waits && thread->pending >= thread->window)
                return INT64_MAX;
        }
        part_unqueue(part);
        if (waits) {
            client_try_again(client, now);
        } else if (client->state == CLIENT_ACTIVE) {
            client_late(client, due);
            part->traffic->act(client, now);
        }
    }
    return now;
}

/* A message that was due in the window belongs to it, however late the thread
 * is; a thread that cannot keep up with its schedule stops trying after a
 * second. */
static void thread_catch_up(struct load_thread *thread, int64_t now)
{
    int64_t end = (int64_t)sync_get(&thread->shared->end_ns);
    int64_t until = now + THREAD_WAIT_NS;

    if (thread->parts[0].traffic->scheduled)
        while (part_due(thread, &thread->parts[0], end) <= end &&
               clock_ns() < until)
            continue;
}

static void thread_obey(struct load_thread *thread, enum order order,
                        int64_t now)
{
    thread->order = order;
    thread->sweep_ns = now + thread_sweep_every(thread);
    if (order == ORDER_TRAFFIC)
        thread_start(thread, now);
    if (order == ORDER_DRAIN) {
        thread->peers = thread->open;
        thread_catch_up(thread, now);
        for (uint32_t i = 0; i < thread->count; i++)
            client_wind_up(&thread->clients[i], now);
        thread_settle(thread);
    }
    if (order == ORDER_STOP)
        thread_abandon(thread, true);
}

static bool client_owed_since(const struct client *client, int64_t then)
{
    const struct flow *f = &client->flow;

    return client_healthy(client) && client_open(client) &&
           f->stamp_count > 0 && f->stamps[f->stamp_first].sent_ns <= then;
}

/* Once a client waits for no echo of the window it never does again. */
static void thread_look_for_answers(struct load_thread *thread, int64_t now)
{
    const int64_t end = (int64_t)sync_get(&thread->shared->end_ns);

    if (now <= end || thread->answered == thread->count)
        return;
    while (thread->answered < thread->count &&
           !client_owed_since(&thread->clients[thread->answered], end))
        thread->answered++;
    if (thread->answered == thread->count)
        thread_reach(thread, PROGRESS_ANSWERED);
}

/* Returns when it must be called again. The sweep comes first, since attempts
 * that it ends make room for others. */
static int64_t thread_turn(struct load_thread *thread, int64_t now)
{
    const struct mix *mix = &thread->shared->mix;
    bool connects = thread->order == ORDER_CONNECT;
    int64_t due = INT64_MAX;

    if (now >= thread->sweep_ns) {
        thread->sweep_ns = now + thread_sweep_every(thread);
        thread_sweep(thread, now);
    }
    if (connects)
        thread_connect(thread, now);
    else if (thread->order != ORDER_TRAFFIC)
        return due;
    else
        thread_look_for_answers(thread, now);
    /* The hostile ones do not wait for the traffic of the others. */
    for (uint32_t i = connects ? mix->healthy : 0;
         i < mix->healthy + mix->hostile; i++) {
        int64_t next = part_due(thread, &thread->parts[i], now);

        due = next < due ? next : due;
    }
    return due;
}

void thread_run(void *arg)
{
    struct load_thread *thread = arg;

    sync_thread_own_files();
    for (;;) {
        enum order order = (enum order)sync_get(&thread->shared->order);
        int64_t now = clock_ns(), due;

        if (order != thread->order)
            thread_obey(thread, order, now);
        if (order == ORDER_STOP ||
            (order == ORDER_DRAIN &&
             sync_get(&thread->progress) == PROGRESS_EMPTY))
            break;
        due = thread_turn(thread, now);
        engine_wait(thread->engine,
                    (due < thread->sweep_ns ? due : thread->sweep_ns) - now,
                    due < thread->sweep_ns);
    }
}

/* --- rest: seen from within while it waits, from without at any moment - */

void thread_rest(struct load_thread *thread)
{
    sync_set(&thread->resting_ns, (uint64_t)clock_ns());
}

void thread_wake(struct load_thread *thread)
{
    uint64_t took = (uint64_t)clock_ns() - sync_get(&thread->resting_ns);

    if (took > THREAD_CALL_NS)
        sync_add(&thread->rested_ns, took);
    sync_set(&thread->resting_ns, 0);
}

uint64_t thread_rested(const struct load_thread *thread, int64_t now)
{
    uint64_t since, rested;

    do {
        since = sync_get(&thread->resting_ns);
        rested = sync_get(&thread->rested_ns);
    } while (since != sync_get(&thread->resting_ns));
    if (since != 0 && since < (uint64_t)now)
        rested += (uint64_t)now - since;
    return rested;
}

bool thread_saturated(uint64_t begin_ns, uint64_t end_ns, uint64_t window_ns)
{
    uint64_t rested = end_ns > begin_ns ? end_ns - begin_ns : 0;

    return rested * 100 < window_ns * (100 - THREAD_SATURATED_PERCENT);
}
