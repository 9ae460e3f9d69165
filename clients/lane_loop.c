/* A lane's thread: attempts, deadlines and orders. */
#include "clients/lane_parts.h"

#include "common/clock.h"
#include "common/errors.h"
#include "common/options.h"

enum { LANE_WAIT_NS = 1000000000, LANE_SWEEP_NS = 10000000 };

static void lane_try(struct lane *lane, struct client *client, int64_t now)
{
    enum outcome outcome;
    uint32_t error;

    lane_count(client, TALLY_CONNECTING, 1);
    lane->pending++;
    client->state = CLIENT_CONNECTING;
    client->touched_ns = now;
    client->late = false;
    error = engine_connect(lane->engine, client, lane_source(lane, client),
                           &lane->shared->target);
    if (error == 0)
        return;
    outcome = lane_failure(lane, client, error);
    if (!lane_retry(lane, client, outcome)) {
        lane_outcome(lane, client, outcome);
        lane_renew(lane, client, true);
    }
    lane_settle(lane);
}

static void lane_connect(struct lane *lane, int64_t now)
{
    while (lane->tried < lane->count && lane->pending < lane->window) {
        struct client *client = &lane->clients[lane->tried++];

        lane_count(client, TALLY_ATTEMPTED, 1);
        lane->unsettled += lane_healthy(client);
        lane_try(lane, client, lane->pending > 0 ? clock_ns() : now);
    }
}

void lane_try_again(struct lane *lane, struct client *client, int64_t now)
{
    if (now < client->due_ns || lane->pending >= lane->window)
        return;
    if (client->failed == CLIENT_ANEW)
        lane_count(client, TALLY_ATTEMPTED, 1);
    lane_try(lane, client, now);
}

/* There is no time for another try: the last one was its outcome. */
static void lane_give_up(struct lane *lane, struct client *client)
{
    if (client->failed != CLIENT_ANEW)
        sync_add(&client->part->counts.outcomes[client->failed], 1);
    lane->unsettled -= lane_healthy(client);
    client->state = CLIENT_OVER;
}

/* Those that were not even tried are attempts too: the sum must be whole. */
static void lane_abandon(struct lane *lane)
{
    for (uint32_t i = 0; i < lane->tried; i++) {
        struct client *client = &lane->clients[i];

        if (client->state == CLIENT_CONNECTING || client->state == CLIENT_FIRST)
            lane_over(lane, client, OUTCOME_ABANDONED, END_ABORTED);
        else if (client->state == CLIENT_WAITING)
            lane_give_up(lane, client);
    }
    for (; lane->tried < lane->count; lane->tried++) {
        struct client *client = &lane->clients[lane->tried];

        lane_count(client, TALLY_ATTEMPTED, 1);
        sync_add(&client->part->counts.outcomes[OUTCOME_ABANDONED], 1);
        client->state = CLIENT_OVER;
    }
    lane_settle(lane);
}

/* An echo is late. When all was sent, a FIN asks the server for the rest: its
 * own FIN without the rest proves that bytes are missing, not slow. */
static void lane_late(struct lane *lane, struct client *client, int64_t now)
{
    lane_missed(lane, client, now);
    client->late = true;
    if (client->state != CLIENT_FINISHED && flow_want(&client->flow) == 0)
        lane_finish(lane, client, now);
    else
        lane_over(lane, client, OUTCOME_UNSERVED, END_TIMED_OUT);
}

static void lane_unserved(struct lane *lane, struct client *client, int64_t now)
{
    bool first = client->state == CLIENT_FIRST;

    if (first)
        lane_missed(lane, client, now);
    lane_over(lane, client, first ? OUTCOME_UNSERVED : OUTCOME_TIMED_OUT,
              END_TIMED_OUT);
}

static void lane_check(struct lane *lane, struct client *client, int64_t now)
{
    const struct shared *shared = lane->shared;
    int64_t waited = now - client->touched_ns;

    switch (client->state) {
    case CLIENT_WAITING:
        if (!client->queued)
            lane_try_again(lane, client, now);
        break;
    case CLIENT_CONNECTING:
    case CLIENT_FIRST:
        if (waited > shared->connect_timeout_ns)
            lane_unserved(lane, client, now);
        break;
    case CLIENT_ACTIVE:
    case CLIENT_DRAINING:
        if (waited > shared->io_timeout_ns && lane_healthy(client) &&
            flow_owed(&client->flow))
            lane_late(lane, client, now);
        break;
    case CLIENT_FINISHED:
        if (waited > shared->io_timeout_ns)
            lane_late(lane, client, now);
        break;
    default:
        break;
    }
}

static void lane_sweep(struct lane *lane, int64_t now)
{
    bool over = now > (int64_t)sync_get(&lane->shared->give_up_ns);

    if (over && lane->order == ORDER_CONNECT)
        lane_abandon(lane);
    for (uint32_t i = 0; i < lane->tried; i++) {
        struct client *client = &lane->clients[i];

        if (over && lane->order == ORDER_DRAIN && client_open(client)) {
            lane_missed(lane, client, now);
            lane_over(lane, client, OUTCOME_ABANDONED, END_TIMED_OUT);
        } else {
            lane_check(lane, client, now);
        }
    }
}

/* Ten looks within the shortest deadline, so that none is overrun by more
 * than a tenth; never so often that looking is work. */
static int64_t lane_sweep_every(const struct lane *lane)
{
    const struct shared *shared = lane->shared;
    int64_t shortest = lane->order == ORDER_CONNECT ? shared->connect_timeout_ns
                                                    : shared->io_timeout_ns;
    int64_t every = shortest / 10;

    if (every > LANE_WAIT_NS)
        every = LANE_WAIT_NS;
    if (lane->order == ORDER_CONNECT && every > LANE_WAIT_NS / 10)
        every = LANE_WAIT_NS / 10;
    return every > LANE_SWEEP_NS ? every : LANE_SWEEP_NS;
}

static void lane_start(struct lane *lane, int64_t now)
{
    lane->paced_ns = now;
    for (uint32_t i = 0; i < lane->count; i++) {
        struct client *client = &lane->clients[i];

        if (client->state != CLIENT_HELD)
            continue;
        now = clock_ns();
        lane_begin(lane, client, now);
        lane_send(lane, client, now);
    }
}

static void lane_stop(struct lane *lane)
{
    lane_abandon(lane);
    for (uint32_t i = 0; i < lane->count; i++)
        if (client_open(&lane->clients[i]))
            lane_over(lane, &lane->clients[i], OUTCOME_ABANDONED, END_ABORTED);
}

/* No more begins: the hostile ones leave at once, the others when all that is
 * owed to them is back, those that are connecting too. Where the thread came
 * too late for the traffic they are held still. */
static void lane_wind_up(struct lane *lane, struct client *client, int64_t now)
{
    bool healthy = lane_healthy(client);

    if (client->state == CLIENT_WAITING)
        lane_give_up(lane, client);
    else if (client->state == CLIENT_HELD ||
             (client->state == CLIENT_ACTIVE && healthy))
        lane_drain(lane, client, now);
    else if (client->state == CLIENT_ACTIVE)
        lane_leave(lane, client, false);
    else if (client->state == CLIENT_CONNECTING && !healthy)
        lane_over(lane, client, OUTCOME_ABANDONED, END_ABORTED);
}

/* Messages that were due in the window are of it, however late the thread; but
 * one that cannot keep up with its schedule will not begin to now. */
static void lane_catch_up(struct lane *lane, int64_t now)
{
    const struct mix *mix = &lane->shared->mix;
    int64_t end = (int64_t)sync_get(&lane->shared->end_ns);
    int64_t until = now + LANE_WAIT_NS;

    for (uint32_t i = 0; i < mix->healthy; i++) {
        struct part *part = &lane->parts[i];

        while (part->traffic->scheduled &&
               part->traffic->due(lane, part, end) <= end && clock_ns() < until)
            continue;
    }
}

static void lane_obey(struct lane *lane, enum order order, int64_t now)
{
    lane->order = order;
    lane->sweep_ns = now + lane_sweep_every(lane);
    if (order == ORDER_TRAFFIC)
        lane_start(lane, now);
    if (order == ORDER_DRAIN) {
        lane->peers = lane->open;
        lane_catch_up(lane, now);
        for (uint32_t i = 0; i < lane->count; i++)
            lane_wind_up(lane, &lane->clients[i], now);
        lane_settle(lane);
    }
    if (order == ORDER_STOP)
        lane_stop(lane);
}

/* The hostile ones do not wait for the traffic of the others. */
static int64_t lane_due(struct lane *lane, int64_t now)
{
    const struct mix *mix = &lane->shared->mix;
    uint32_t first = lane->order == ORDER_TRAFFIC ? 0 : mix->healthy;
    int64_t due = INT64_MAX;

    for (uint32_t i = first; i < mix->healthy + mix->hostile; i++) {
        struct part *part = &lane->parts[i];
        int64_t next = part->traffic->due != NULL
                           ? part->traffic->due(lane, part, now)
                           : INT64_MAX;

        if (next < due)
            due = next;
    }
    return due;
}

/* Returns when it must be called again. The sweep comes first, since attempts
 * that it ends make room for others. */
static int64_t lane_turn(struct lane *lane, int64_t now)
{
    if (now >= lane->sweep_ns) {
        lane->sweep_ns = now + lane_sweep_every(lane);
        lane_sweep(lane, now);
    }
    if (lane->order == ORDER_CONNECT)
        lane_connect(lane, now);
    if (lane->order == ORDER_CONNECT || lane->order == ORDER_TRAFFIC)
        return lane_due(lane, now);
    return INT64_MAX;
}

void lane_run(void *arg)
{
    struct lane *lane = arg;

    for (;;) {
        enum order order = (enum order)sync_get(&lane->shared->order);
        int64_t now = clock_ns(), due;

        if (order != lane->order)
            lane_obey(lane, order, now);
        if (order == ORDER_STOP ||
            (order == ORDER_DRAIN && sync_get(&lane->empty) != 0))
            break;
        due = lane_turn(lane, now);
        engine_wait(lane->engine,
                    (due < lane->sweep_ns ? due : lane->sweep_ns) - now,
                    due < lane->sweep_ns);
    }
}
