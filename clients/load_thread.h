/* One thread's share of the load: its connections from the first attempt to
 * the last end, whichever engine moves the bytes. Every wait has a deadline. */
#ifndef IOMODELS_LOAD_THREAD_H
#define IOMODELS_LOAD_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/endpoint.h"
#include "clients/flow.h"
#include "clients/recent.h"
#include "clients/stats.h"
#include "clients/traffic.h"
#include "common/options.h"
#include "common/sync.h"

enum {
    /* The first wait before another try; each further one is twice as long,
     * so that a slow server is not tried more often than it can answer. */
    THREAD_RETRY_MS = 200,
    THREAD_RETRY_DOUBLINGS = 4
};

enum client_state {
    CLIENT_UNTRIED,
    CLIENT_WAITING,    /* no socket; it will be tried again */
    CLIENT_CONNECTING, /* SYN sent */
    CLIENT_FIRST,      /* first message sent, its echo awaited */
    CLIENT_HELD,       /* connected; traffic has not begun */
    CLIENT_ACTIVE,
    CLIENT_DRAINING, /* nothing new; owed echoes awaited */
    CLIENT_FINISHED, /* FIN sent, the server's awaited */
    CLIENT_OVER
};

/* Between what a hostile connection does, and before it comes again. */
#define THREAD_HOSTILE_NS INT64_C(20000000)

/* A message of a random schedule, and when it is due after the schedule's
 * begin. */
struct due {
    uint64_t message;
    double at_ns;
};

/* One connection; what each message needs comes first and close together. */
struct client {
    struct flow flow;
    int64_t touched_ns; /* attempt begun, or last progress */
    struct load_thread *thread;
    struct part *part; /* of its thread */
    uintptr_t sock;
    uint8_t state;    /* enum client_state */
    uint8_t failed;   /* outcome of the last try; 0: the next is an attempt */
    uint16_t retries; /* of this attempt */
    bool armed;       /* the engine's: waits to be able to send */
    bool paused;      /* the engine's: receives only by engine_take */
    bool queued;
    bool late;        /* an echo came after its time, or never */
    uint32_t index;   /* among all of the run */
    uint32_t ordinal; /* among its part's, of the run */
    uint32_t cycle;   /* connections that it was before this one */
    uint64_t turn;    /* the load thread's echoes at its last one */
    int64_t due_ns; /* in the queue, or since when it could send, where the part
                       says when; of CLIENT_WAITING, its next try */
    struct client *next, *child; /* in the queue of the part */
    struct due sent, echoed;     /* of the schedule, how far it came */
    void *io;                    /* the engine's */
};

/* Neither before its first try, nor between two, nor over. */
static inline bool client_open(const struct client *client)
{
    return client->state > CLIENT_WAITING && client->state < CLIENT_OVER;
}

/* The connections of a load thread that do the same. */
struct part {
    const struct traffic *traffic;
    struct counts counts;
    /* A pairing heap of the waiting clients; its root is due first. */
    struct client *queue;
};

/* Only grows, as progress does. */
enum order {
    ORDER_WAIT,
    ORDER_CONNECT,
    ORDER_TRAFFIC,
    ORDER_DRAIN,
    ORDER_STOP
};

enum progress {
    PROGRESS_NONE,
    PROGRESS_SETTLED,  /* every attempt has its outcome */
    PROGRESS_ANSWERED, /* and every message of the window its echo */
    PROGRESS_EMPTY,    /* and no connection is open */
    PROGRESS_NEVER
};

/* What all load threads share. */
struct shared {
    const struct option_values *options;
    struct option_part part; /* of the connections, those of this process */
    struct mix mix;
    struct endpoint target;
    struct sources sources;
    uint32_t message;
    uint64_t file;   /* bytes, of the service file; 0: messages are echoed */
    uint16_t stamps; /* messages of a healthy connection timed at once */
    int64_t connect_timeout_ns, io_timeout_ns, think_ns;
    struct sync_count order;
    struct sync_count give_up_ns; /* when connecting or draining must be over */
    /* Only what was sent within them goes into from_send. */
    struct sync_count begin_ns, end_ns;
    struct sync_event *changed; /* a load thread made progress */
};

/* The longest wait for an echo, for the first one from the attempt's begin. */
struct thread_worst {
    int64_t ns; /* 0: no echo */
    uint32_t connection;
};

/* How many connections had a wrong byte, and the first of them. */
struct thread_wrong {
    uint64_t count;
    int64_t at_ns;
    uint32_t connection;
    struct flow_wrong what;
};

struct load_thread {
    struct part parts[MIX_PARTS];
    const struct shared *shared;
    struct engine *engine;
    struct client *clients;
    struct flow_stamp *stamps;
    uint32_t count, first; /* clients, and the run's index of the first */
    uint32_t tried, window, open;
    uint32_t pending;   /* attempts under way */
    uint32_t unsettled; /* healthy ones that were tried or will be again, and
                           have no outcome */
    uint32_t answered;  /* clients, from the first on, that wait for no echo of
                           the window */
    enum order order;
    int64_t sweep_ns;
    double interval_ns; /* between messages at the requested rate */
    double schedule_ns; /* and between messages of one connection */
    bool random;        /* that is the mean, and each time is exponential */
    int64_t paced_ns;   /* the rate counts from here */
    uint64_t paced;     /* messages since then */
    struct times times;
    uint64_t turns; /* echoes so far, counted for times.turns only */
    uint32_t peers; /* that were open when the drain began; 0: not yet */
    struct thread_worst worst;
    struct thread_wrong wrong;
    struct sync_count progress;
    struct sync_count rested_ns;  /* had nothing to do, in all */
    struct sync_count resting_ns; /* since when it waits; 0: it works */
    struct sync_thread *handle;
    struct recent recent; /* from the intended time, where there is one */
};

/* Takes connections first .. first + count - 1. */
void thread_init(struct load_thread *thread, const struct shared *shared,
                 uint32_t first, uint32_t count);
void thread_free(struct load_thread *thread);

/* How long it had nothing to do until `now`; by any thread. */
uint64_t thread_rested(const struct load_thread *thread, int64_t now);

/* Whether it had too little rest in the window, by thread_rested at both ends.
 */
enum { THREAD_SATURATED_PERCENT = 95 };
bool thread_saturated(uint64_t begin_ns, uint64_t end_ns, uint64_t window_ns);

/* The thread: returns after ORDER_STOP, or when drained. */
void thread_run(void *thread);

/* --- for patterns ------------------------------------------------------ */

/* Sends what was begun outside start, echoed and sent. */
void client_send(struct client *client, int64_t now);

/* Lets a client act at its time (where the part says when, from now on): a
 * CLIENT_ACTIVE one, or a CLIENT_WAITING one
 * where the pattern renews. A client that is queued already stays in place. */
void client_queue(struct client *client, int64_t due_ns);
void part_unqueue(struct part *part); /* the first one */

/* How long a connection that sends once every interval waits at first, so that
 * those of the run are spread over it. */
int64_t client_spread(const struct client *client, int64_t interval_ns);

/* Where the rate is a schedule: when a connection's message, from 1, is due.
 * The connections take turns, or each sends at random (--arrivals poisson);
 * then `due` is where it asked last, for a message that is not later. */
int64_t client_intended(const struct client *client, struct due *due,
                        uint64_t message);

/* No more will be sent: FIN. Ends when the server's comes. */
void client_finish(struct client *client, int64_t now);

/* Closes a connection that is connected; `abort`: by a reset. Not to be called
 * from within sent. */
void client_close(struct client *client, enum counter end, bool abort);

/* --- engines -----------------------------------------------------------
 * A load thread's I/O: epoll or a completion port, one file each. Only the
 * thread itself calls its engine, except for engine_wake. The engine answers by
 * the functions below, also from within these calls. */

extern const char engine_name[];      /* "epoll", "iocp" */
extern const uint32_t engine_threads; /* an engine's, with its load thread */

/* Once a process, before the first. False after one line to the user. */
bool engine_prepare(const struct option_values *options);

/* Before closing, every client is dropped. */
struct engine *engine_open(struct load_thread *thread);
void engine_close(struct engine *engine);

/* Starts an attempt and returns 0, to be followed by client_connected or
 * client_failed; or returns the system's error, and engine_drop follows. */
uint32_t engine_connect(struct client *client, const struct endpoint *from,
                        const struct endpoint *to);

/* The flow has something to send: sends what goes now, and the rest later. */
void engine_send(struct client *client);

/* Receives nothing more by itself, only a byte by each engine_take. That the
 * peer is gone may go unseen meanwhile. */
void engine_pause(struct client *client);
void engine_take(struct client *client);

/* Closes; `abort` by RST. Nothing more is said about this client, though its
 * last I/O may still count through client_sent. */
void engine_drop(struct client *client, bool abort);

/* Handles what happened, or waits for it for at most ns; `precise` when it
 * must not sleep longer than that by a timer's tick. */
void engine_wait(struct engine *engine, int64_t ns, bool precise);
void engine_wake(struct engine *engine);

/* How finely engine_wait ends when it is precise, after the first such wait:
 * "high_resolution", "milliseconds" or "ticks". */
const char *engine_timer(const struct engine *engine);

/* --- what an engine calls ---------------------------------------------- */

/* Around the call that waits when nothing has happened. */
void thread_rest(struct load_thread *thread);
void thread_wake(struct load_thread *thread);

void client_connected(struct client *client, int64_t now);

/* An error of this connection, at any time; the engine has not closed it. */
void client_failed(struct client *client, uint32_t error);

/* Bytes came, at `now`. True: go on with this client, and send what its flow
 * wants by now; false: it is over. */
bool client_received(struct client *client, const void *data, size_t bytes,
                     int64_t now);
void client_fin(struct client *client);

/* The system took so many bytes. */
void client_sent(struct client *client, size_t bytes);

/* --- between client.c, what becomes of connections, and load_thread.c ----- */

static inline void client_count(struct client *client, enum counter counter,
                                uint64_t n)
{
    sync_add(&client->part->counts.of[counter], n);
}

static inline bool client_healthy(const struct client *client)
{
    return !client->part->traffic->hostile;
}

/* A new flow: every connection sends different bytes, so that an echo to the
 * wrong one is a mismatch. */
void client_flow(struct client *client, struct flow_stamp *stamps);

void thread_settle(struct load_thread *thread);

/* The outcome or the end, by how far it came; then the socket goes. */
void client_over(struct client *client, enum counter outcome);

/* Counts the wait for an echo that has not come. */
void client_missed(const struct client *client, int64_t now);

/* Where an attempt comes from. */
const struct endpoint *client_source(const struct client *client);

/* From here on the pattern decides. */
void client_begin(struct client *client, int64_t now);

/* Waits for the echoes of all that was begun, then sends FIN. */
void client_drain(struct client *client, int64_t now);

#endif
