/* What becomes of one connection: its attempts' outcomes, its echoes, its end,
 * and the queues of connections that wait for their time. */
#include "clients/load_thread.h"

#include <math.h>

#include "common/clock.h"
#include "common/number.h"
#include "common/options.h"
#include "common/pattern.h"

void client_flow(struct client *client, struct flow_stamp *stamps)
{
    const struct shared *shared = client->thread->shared;
    const struct option_values *options = shared->options;
    uint64_t number = client->index + client->cycle * options->connections;

    flow_init(&client->flow, pattern_seed(options->seed, number),
              shared->message, shared->file, stamps,
              client_healthy(client) ? shared->stamps : 0);
}

/* An attempt has its outcome; all but `connected` are over. */
static void client_outcome(struct client *client, enum counter outcome)
{
    client_count(client, outcome, 1);
    client_count(client, COUNTER_CONNECTING, (uint64_t)-1);
    client->thread->pending--;
    client->thread->unsettled -= client_healthy(client);
    if (outcome == OUTCOME_CONNECTED) {
        client_count(client, COUNTER_CONNECTED, 1);
        client_count(client, COUNTER_OPEN, 1);
        client->thread->open++;
        client->state = CLIENT_HELD;
    } else {
        client->state = CLIENT_OVER;
    }
}

/* An attempt that never became a TCP connection may be made again, as nothing
 * was sent. True: it will be, and its outcome is open. */
static bool client_retry(struct client *client, enum counter outcome)
{
    uint32_t doublings = client->retries < THREAD_RETRY_DOUBLINGS
                             ? client->retries
                             : THREAD_RETRY_DOUBLINGS;

    if (client->state != CLIENT_CONNECTING ||
        client->thread->order != ORDER_CONNECT ||
        (outcome != OUTCOME_REFUSED && outcome != OUTCOME_TIMED_OUT) ||
        client->retries >= client->thread->shared->options->connect_retries)
        return false;
    client_count(client,
                 outcome == OUTCOME_REFUSED ? COUNTER_RETRIED_REFUSED
                                            : COUNTER_RETRIED_TIMED_OUT,
                 1);
    client_count(client, COUNTER_CONNECTING, (uint64_t)-1);
    client->thread->pending--;
    client->retries++;
    client->failed = (uint8_t)outcome;
    client->state = CLIENT_WAITING;
    client->due_ns =
        clock_ns() + ((int64_t)THREAD_RETRY_MS << doublings) * 1000000;
    return true;
}

/* Where the pattern says so, a connection that ended is followed by another,
 * at once or, when an attempt failed, at one of the next sweeps. */
static void client_renew(struct client *client, bool failed)
{
    struct load_thread *thread = client->thread;
    const struct traffic *traffic = client->part->traffic;
    bool renews =
        traffic->hostile
            ? thread->order == ORDER_CONNECT || thread->order == ORDER_TRAFFIC
            : traffic->renews && thread->order == ORDER_TRAFFIC;
    int64_t now;

    if (!renews)
        return;
    now = clock_ns();
    client->state = CLIENT_WAITING;
    client->failed = 0;
    client->retries = 0;
    client->cycle++;
    client_flow(client, client->flow.stamps);
    thread->unsettled += client_healthy(client);
    if (!failed)
        client_queue(client,
                     now + (traffic->hostile ? THREAD_HOSTILE_NS
                                             : thread->shared->think_ns));
    else if (!client->queued)
        client->due_ns = now + THREAD_RETRY_MS * INT64_C(1000000);
}

void client_close(struct client *client, enum counter end, bool abort)
{
    client_count(client, end, 1);
    client_count(client, COUNTER_OPEN, (uint64_t)-1);
    client->thread->open--;
    client->state = CLIENT_OVER;
    engine_drop(client, abort);
    client_renew(client, false);
    thread_settle(client->thread);
}

void client_over(struct client *client, enum counter outcome)
{
    /* Of an established connection. */
    static const enum counter ends[COUNTERS] = {
        [OUTCOME_CLOSED] = END_CLOSED,       [OUTCOME_RESET] = END_RESET,
        [OUTCOME_TIMED_OUT] = END_TIMED_OUT, [OUTCOME_UNSERVED] = END_TIMED_OUT,
        [OUTCOME_MISMATCH] = END_MISMATCH,   [OUTCOME_ABANDONED] = END_ABORTED,
    };
    bool again;

    if (client->state > CLIENT_FIRST) {
        client_close(client, ends[outcome] != 0 ? ends[outcome] : END_OTHER,
                     true);
        return;
    }
    again = client_retry(client, outcome);
    if (!again)
        client_outcome(client, outcome);
    engine_drop(client, true);
    if (!again)
        client_renew(client, true);
    thread_settle(client->thread);
}

static void client_mismatch(struct client *client,
                            const struct flow_wrong *wrong)
{
    struct thread_wrong *first = &client->thread->wrong;

    if (first->count++ == 0) {
        first->at_ns = clock_ns();
        first->connection = client->index;
        first->what = *wrong;
    }
    client_over(client, OUTCOME_MISMATCH);
}

void client_finish(struct client *client, int64_t now)
{
    client->state = CLIENT_FINISHED;
    client->touched_ns = now;
    /* An error here is one of the connection; the receive will report it. */
    socket_finish(client->sock);
}

void client_drain(struct client *client, int64_t now)
{
    const struct flow *f = &client->flow;
    bool scheduled = client->part->traffic->scheduled;

    /* Messages that were due are sent, though late, unless at the pace so far
     * that takes longer than an echo may. */
    client->late =
        scheduled &&
        (double)flow_want(f) * (double)(now - client->thread->paced_ns) >
            (double)f->given * (double)client->thread->shared->io_timeout_ns;
    if (!scheduled || client->late)
        flow_hold(&client->flow);
    client->state = CLIENT_DRAINING;
    if (!flow_owed(&client->flow))
        client_finish(client, now);
}

/* --- what engines tell --------------------------------------------------- */

void client_begin(struct client *client, int64_t now)
{
    client->state = CLIENT_ACTIVE;
    client->touched_ns = now;
    client->turn = client->thread->turns;
    if (client->part->traffic->start != NULL)
        client->part->traffic->start(client, now);
}

void client_send(struct client *client, int64_t now)
{
    /* Nothing was owed until now: the wait for an echo begins here. */
    if (flow_answer(&client->flow, client->flow.given) == client->flow.received)
        client->touched_ns = now;
    if (flow_want(&client->flow) > 0)
        engine_send(client);
}

void client_connected(struct client *client, int64_t now)
{
    if (connect_to_itself(client->sock, client_source(client),
                          &client->thread->shared->target)) {
        client_over(client, OUTCOME_REFUSED);
        return;
    }
    if (!client_healthy(client)) {
        client_outcome(client, OUTCOME_CONNECTED);
        client_begin(client, now);
        client_send(client, now);
        thread_settle(client->thread);
        return;
    }
    times_record(client->thread->times.of[TIMED_CONNECT],
                 now - client->touched_ns, 1);
    client->state = CLIENT_FIRST;
    flow_begin(&client->flow, 1);
    engine_send(client);
}

const struct endpoint *client_source(const struct client *client)
{
    const struct sources *sources = &client->thread->shared->sources;
    size_t source = (size_t)client->index + client->cycle;

    return &sources->each[source % sources->count];
}

void client_failed(struct client *client, uint32_t error)
{
    enum counter outcome = outcome_of(error, client->state == CLIENT_FIRST);

    /* connect() gives the same error for an address that is absent. */
    if (outcome == OUTCOME_NO_PORTS &&
        endpoint_try(SOCK_DGRAM, client_source(client),
                     &client->thread->shared->target) == error)
        outcome = OUTCOME_UNREACHABLE;
    client_over(client, outcome);
}

/* Whether one connection waits while others are served again and again, in
 * rounds: echoes of all of them since its last one, over their number. */
static void client_take_turn(struct client *client, bool measured)
{
    struct load_thread *thread = client->thread;

    thread->turns++;
    if (measured)
        times_record(
            thread->times.of[TIMED_TURNS],
            (int64_t)((thread->turns - client->turn) * TIMED_TURNS_UNIT /
                      (thread->peers > 0 ? thread->peers : thread->open)),
            1);
    client->turn = thread->turns;
}

static void client_waited(const struct client *client, int64_t now,
                          int64_t sent)
{
    struct thread_worst *worst = &client->thread->worst;
    int64_t since = client->state == CLIENT_FIRST ? client->touched_ns : sent;

    if (now - since > worst->ns)
        *worst = (struct thread_worst){now - since, client->index};
}

void client_missed(const struct client *client, int64_t now)
{
    const struct flow *f = &client->flow;

    if (f->stamp_count > 0)
        client_waited(client, now, f->stamps[f->stamp_first].sent_ns);
}

/* When it was sent, or should have been, decides, not when it came back, or
 * slow ones would be left out. One stands for many where not all are timed. The
 * bounds are published before their time comes, so that a thread that looks
 * late still decides alike. */
static void client_time(struct client *client, int64_t now)
{
    struct load_thread *thread = client->thread;
    const struct shared *shared = thread->shared;
    bool scheduled =
        client->part->traffic->scheduled && client->state != CLIENT_FIRST;
    struct flow_stamp stamp;

    while (flow_stamp_take(&client->flow, &stamp)) {
        int64_t sent = stamp.sent_ns;
        int64_t many = (int64_t)client->flow.stamp_every;
        int64_t at =
            scheduled ? client_intended(client, &client->echoed, stamp.number)
                      : sent;
        bool measured = at >= (int64_t)sync_get(&shared->begin_ns) &&
                        at <= (int64_t)sync_get(&shared->end_ns);

        client_waited(client, now, sent);
        recent_add(&thread->recent, now - at, (uint64_t)many);
        if (client->state == CLIENT_FIRST)
            times_record(thread->times.of[TIMED_FIRST_ECHO], now - sent, 1);
        if (measured)
            times_record(thread->times.of[TIMED_FROM_SEND], now - sent, many);
        if (measured && scheduled)
            times_record(thread->times.of[TIMED_FROM_INTENDED], now - at, many);
        /* Its first echo is no turn: until now it did not take part. */
        if (thread->times.of[TIMED_TURNS] != NULL &&
            client->state != CLIENT_FIRST)
            client_take_turn(client, measured);
    }
}

static void client_echoed(struct client *client, uint64_t messages, int64_t now)
{
    const struct traffic *traffic = client->part->traffic;

    client_count(client, COUNTER_MESSAGES_ECHOED, messages);
    client_time(client, now);
    if (client->state == CLIENT_FIRST) {
        client_outcome(client, OUTCOME_CONNECTED);
        if (client->thread->order == ORDER_TRAFFIC)
            client_begin(client, now);
        else if (client->thread->order == ORDER_DRAIN)
            client_drain(client, now);
        thread_settle(client->thread);
    } else if (client->state == CLIENT_ACTIVE && traffic->echoed != NULL) {
        traffic->echoed(client, messages, now);
    } else if (client->state == CLIENT_DRAINING && !flow_owed(&client->flow)) {
        client_finish(client, now);
    }
}

bool client_received(struct client *client, const void *data, size_t bytes,
                     int64_t now)
{
    struct flow_wrong wrong;
    uint64_t messages;

    if (client->state != CLIENT_FIRST)
        client->touched_ns = now;
    client_count(client, COUNTER_RECEIVED_BYTES, bytes);
    if (!flow_receive(&client->flow, data, bytes, &messages, &wrong)) {
        client_mismatch(client, &wrong);
        return false;
    }
    if (messages > 0)
        client_echoed(client, messages, now);
    return client_open(client);
}

/* The server answers our FIN after all it owes: bytes that are not here by then
 * are lost. Any other FIN just ends the connection. */
void client_fin(struct client *client)
{
    struct flow_wrong wrong;

    if (client->state != CLIENT_FINISHED) {
        client_over(client, OUTCOME_CLOSED);
    } else if (flow_owed(&client->flow)) {
        flow_missing(&client->flow, &wrong);
        client_mismatch(client, &wrong);
    } else {
        client_close(client, client->late ? END_TIMED_OUT : END_COMPLETED,
                     client->late);
    }
}

void client_sent(struct client *client, size_t bytes)
{
    struct flow *f = &client->flow;
    uint64_t messages = flow_sent(f, bytes);

    client_count(client, COUNTER_SENT_BYTES, bytes);
    if (messages > 0)
        client_count(client, COUNTER_MESSAGES_SENT, messages);
    if (f->sent == f->limit && client->state == CLIENT_ACTIVE &&
        client->part->traffic->sent != NULL)
        client->part->traffic->sent(client);
}

/* Of two heaps, which may be NULL. */
static struct client *queue_join(struct client *first, struct client *second)
{
    if (first == NULL || second == NULL)
        return first != NULL ? first : second;
    if (second->due_ns < first->due_ns) {
        struct client *later = first;

        first = second;
        second = later;
    }
    second->next = first->child;
    first->child = second;
    return first;
}

void client_queue(struct client *client, int64_t due_ns)
{
    struct part *part = client->part;

    if (client->queued)
        return;
    client->due_ns = due_ns;
    client->queued = true;
    client->child = client->next = NULL;
    part->queue = queue_join(part->queue, client);
}

/* The first one's children become one heap again, in pairs. */
void part_unqueue(struct part *part)
{
    struct client *rest = part->queue->child, *pairs = NULL;

    part->queue->queued = false;
    part->queue = NULL;
    while (rest != NULL) {
        struct client *one = rest, *two = rest->next;

        rest = two != NULL ? two->next : NULL;
        one = queue_join(one, two);
        one->next = pairs;
        pairs = one;
    }
    while (pairs != NULL) {
        struct client *pair = pairs;

        pairs = pair->next;
        part->queue = queue_join(part->queue, pair);
    }
}

int64_t client_spread(const struct client *client, int64_t interval_ns)
{
    return (int64_t)((double)interval_ns * client->index /
                     (double)client->thread->shared->options->connections);
}

int64_t client_intended(const struct client *client, struct due *due,
                        uint64_t message)
{
    const struct load_thread *thread = client->thread;
    const double schedule_ns = thread->schedule_ns;

    if (!thread->random)
        return thread->paced_ns + client_spread(client, (int64_t)schedule_ns) +
               (int64_t)(schedule_ns * (double)(message - 1));
    /* Drawn from the message's number, so that it is known again at the echo:
     * no list of times is kept. */
    while (due->message < message) {
        due->message++;
        struct random r = {client->flow.seed ^
                           due->message * UINT64_C(0xBF58476D1CE4E5B9)};
        const double share =
            (double)(random_next(&r) >> 11) / 9007199254740992.0;

        due->at_ns -= schedule_ns * log1p(-share);
    }
    return thread->paced_ns + (int64_t)due->at_ns;
}
