/* One thread's share of the load: its connections from the first attempt to
 * the last end, whichever engine moves the bytes. Every wait has a deadline. */
#ifndef IOMODELS_LANE_H
#define IOMODELS_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/connect.h"
#include "clients/engine.h"
#include "clients/flow.h"
#include "clients/stats.h"
#include "clients/sync.h"
#include "clients/traffic.h"

enum client_state {
    CLIENT_UNTRIED,
    CLIENT_WAITING,    /* an attempt failed; it will be tried again */
    CLIENT_CONNECTING, /* SYN sent */
    CLIENT_FIRST,      /* first message sent, its echo awaited */
    CLIENT_HELD,       /* connected; traffic has not begun */
    CLIENT_ACTIVE,
    CLIENT_DRAINING, /* nothing new; owed echoes awaited */
    CLIENT_FINISHED, /* FIN sent, the server's awaited */
    CLIENT_OVER
};

/* One connection. */
struct client {
    struct flow flow;
    int64_t touched_ns;  /* attempt begun, or last progress */
    struct client *next; /* in the lane's queue */
    int64_t due_ns;      /* there; of CLIENT_WAITING, its next try */
    uint64_t turn;       /* the lane's echoes at its last one */
    uintptr_t sock;      /* the engine's */
    void *io;            /* the engine's */
    uint32_t index;      /* among all of the run */
    uint8_t state;       /* enum client_state */
    bool armed;          /* the engine's: waits to be able to send */
    uint8_t failed;      /* of CLIENT_WAITING: enum outcome of the last try */
    uint16_t retries;    /* so far */
    bool queued;
};

/* What the lanes are told to do; only grows. */
enum order {
    ORDER_WAIT,
    ORDER_CONNECT,
    ORDER_TRAFFIC,
    ORDER_DRAIN,
    ORDER_STOP
};

/* What all lanes share. */
struct shared {
    const struct load_options *options;
    const struct traffic *traffic;
    struct endpoint target;
    struct sources sources;
    uint32_t message;
    int64_t connect_timeout_ns, io_timeout_ns, think_ns;
    struct sync_count order;
    struct sync_count give_up_ns; /* when connecting or draining must be over */
    /* Only what was sent and came back within them goes into from_send. */
    struct sync_count begin_ns, end_ns;
    struct sync_event *changed; /* a lane settled, emptied or ended */
};

struct lane_wrong {
    struct flow_wrong what;
    uint32_t connection;
    int64_t at_ns;
};

struct lane {
    struct counts counts;
    const struct shared *shared;
    struct engine *engine;
    struct client *clients;
    struct flow_stamp *stamps;
    uint32_t count, first; /* clients, and the run's index of the first */
    uint32_t tried, pending, waiting, window, open;
    enum order order;
    int64_t sweep_ns;
    struct client *queue, **queue_end; /* a pattern's waiting connections */
    double interval_ns;                /* of messages at the asked rate */
    int64_t paced_ns;                  /* the rate counts from here */
    uint64_t paced;                    /* messages since then */
    struct times times;
    uint64_t turns; /* echoes so far, counted for times.turns only */
    uint64_t wrongs;
    struct lane_wrong wrong;   /* the first */
    struct sync_count settled; /* every attempt has its outcome */
    struct sync_count empty;   /* and no connection is open */
    struct sync_thread *thread;
};

/* Takes connections first .. first + count - 1. 0, or the system's error. */
uint32_t lane_init(struct lane *lane, const struct shared *shared,
                   uint32_t first, uint32_t count);
void lane_free(struct lane *lane);

/* The thread: returns after ORDER_STOP, or when drained. */
void lane_run(void *lane);

/* --- for patterns ------------------------------------------------------ */

/* Sends what was begun outside start, echoed and sent. */
void lane_send(struct lane *lane, struct client *client, int64_t now);

/* A first-in first-out queue of connections that wait for their time. Those
 * that ended meanwhile drop out. */
void lane_queue(struct lane *lane, struct client *client, int64_t due_ns);
struct client *lane_queue_head(struct lane *lane); /* NULL: empty */
void lane_queue_pop(struct lane *lane);

/* --- for engines ------------------------------------------------------- */

void lane_connected(struct lane *lane, struct client *client, int64_t now);

/* An error of this connection, at any time; the engine has not closed it. */
void lane_failed(struct lane *lane, struct client *client, uint32_t error);

/* Bytes came, at `now`. True: go on with this client, and send what its flow
 * wants by now; false: it is over. */
bool lane_received(struct lane *lane, struct client *client, const void *data,
                   size_t bytes, int64_t now);
void lane_fin(struct lane *lane, struct client *client);

/* The system took so many bytes. */
void lane_sent(struct lane *lane, struct client *client, size_t bytes);

#endif
