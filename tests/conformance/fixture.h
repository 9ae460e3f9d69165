/* What each case has: one server of the model under test, clients, threads.
 * Everything is undone after the case, however it ended. Every function that
 * returns void or a pointer fails the case when it cannot do its work; call
 * those from the case's own thread only. */
#ifndef CONFORMANCE_FIXTURE_H
#define CONFORMANCE_FIXTURE_H

#include "client.h"
#include "outside.h"
#include "server.h"

/* What is tested; set once by main. */
extern const char *fixture_model, *fixture_server_path;

enum { FIXTURE_CLIENTS_MAX = 600, FIXTURE_TASKS_MAX = 128 };

struct fixture {
    struct server server;
    uint64_t seed; /* of the clients' bytes, with their numbers */
    unsigned clients, tasks;
    struct client *client[FIXTURE_CLIENTS_MAX];
    HANDLE task[FIXTURE_TASKS_MAX];
    HANDLE go; /* manual-reset event for tasks that wait for each other */
    volatile LONG ready;
    cJSON *base;           /* the sample after the warm-up; NULL: cold */
    struct resources held; /* by the server then */
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Fails the case with a message unless ok. */
void require(bool ok, const char *format, ...);

/* Starts the server and warms it up: its counts and resources after that are
 * the base of all later ones. Cold: without that. */
void fixture_serve(struct fixture *f, const char *options);
void fixture_serve_cold(struct fixture *f, const char *options);
void fixture_warm(struct fixture *f);
/* Says why this case is not run here: then return from it. cmocka's own skip()
 * is a failure in the TAP that it writes. */
void fixture_skip(const char *why);

/* What `--list --json` says of the model. */
const cJSON *fixture_model_listed(void);

/* A number of milliseconds from now, by clock_ns. */
int64_t fixture_deadline(uint32_t ms);

/* Whether this machine has ::1, asked without the server. */
bool fixture_has_ipv6(void);
/* A client of its own seed: new; and connected; with socket buffers of so many
 * bytes, unless 0. */
struct client *fixture_client(struct fixture *f);
struct client *fixture_connect(struct fixture *f);
struct client *fixture_connect_small(struct fixture *f, int buffers);
void fixture_good(const struct client *c);           /* has no fault */
void fixture_echo(struct client *c, uint64_t bytes); /* and is good */
void fixture_send(struct client *c, uint64_t bytes); /* likewise */
void fixture_finish(struct client *c); /* FIN for FIN, after every byte */
/* Connects one that may be refused. True: it was, not left waiting. */
bool fixture_turned_away(struct fixture *f, struct client *c);
/* Sees the end of the connection, and no wrong byte before. */
void fixture_until_end(struct client *c);

/* Runs `run` in a thread of its own. */
void fixture_spawn(struct fixture *f, LPTHREAD_START_ROUTINE run, void *arg);
/* Waits until all those threads ended. */
void fixture_join(struct fixture *f);
/* Waits until `count` threads have incremented f->ready. */
void fixture_await(struct fixture *f, LONG count);

void fixture_say(struct fixture *f, const char *text);
/* Sends `mark NAME` and returns the sample that answers it. */
cJSON *fixture_mark(struct fixture *f, const char *name);
/* Waits until so many connections are open. */
void fixture_await_open(struct fixture *f, uint64_t open);
/* Waits until the server has counted what the clients sent and received: an
 * echo may arrive before its sender knows that it is done. */
void fixture_settle(struct fixture *f);
/* A counter of a line, without the warm-up's part. */
uint64_t fixture_count(const struct fixture *f, const cJSON *line,
                       const char *name);
void fixture_expect(const struct fixture *f, const cJSON *line,
                    const char *name, uint64_t value);

/* Closes all clients and waits until the server holds no more connections,
 * threads and handles than after its warm-up; memory too, but for an allowance
 * that account.c states. */
void fixture_rest(struct fixture *f);

/* What must be true of `final` beside opens = closes, connections = 0,
 * accepted = opens + refused. A cut send counts nothing for either side,
 * though some of it may have arrived. */
enum fixture_sums {
    SUMS_WHOLE, /* both byte counts are exactly the clients' */
    SUMS_CUT    /* connections were cut: offered >= in >= out, received */
};

enum { OPENS_VARY = -1 };

/* Has all clients leave and the server rest, sends `stop`, waits for `final`
 * and exit code 0, checks the sums; opens is the exact number, or OPENS_VARY.
 * fixture_end deletes the line, the others return it. */
void fixture_end(struct fixture *f, enum fixture_sums sums, int opens);
cJSON *fixture_stop(struct fixture *f, enum fixture_sums sums, int opens);
/* The same once the server was told to stop, clients still there or not. */
cJSON *fixture_final(struct fixture *f, enum fixture_sums sums, int opens);

#endif
