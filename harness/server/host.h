/* The server process: what the parts below model.h share. */
#ifndef IOMODELS_HOST_H
#define IOMODELS_HOST_H

#include <cJSON.h>
#include "model.h"
#include "server/slots.h"
#include "server/stats.h"

enum { HOST_AS_IS = INT32_MAX }; /* a buffer size left to the system */

struct host_options {
    uint32_t nodelay;        /* 0 or 1 */
    uint32_t sndbuf, rcvbuf; /* bytes, or HOST_AS_IS */
    uint32_t backlog;        /* 1 .. 65535 */
    bool guard;              /* slots_open */
};

struct host {
    struct server srv; /* first: it is what models point to */
    const struct io_model *model;
    struct host_options options;
    struct slots slots;
    struct stats stats;
    volatile LONG stopping; /* set before srv.stop_event */
    bool has_reserve;       /* under Wine: wine_reserve_open */
    SOCKET reserve;         /* INVALID_SOCKET while it is spent */
    int64_t started_ns;
};

static inline struct host *host_of(struct server *srv)
{
    return (struct host *)srv;
}

/* Address space for the connections that srv and options ask for. False with
 * GetLastError(). */
static inline bool host_open(struct host *host, size_t conn_size)
{
    stats_open(&host->stats);
    return slots_open(&host->slots, conn_size, host->srv.buffer_size,
                      host->srv.max_conns, host->options.guard);
}

static inline void host_close(struct host *host)
{
    slots_close(&host->slots);
    stats_close(&host->stats);
}

/* The program, with its arguments in UTF-8, which main would get in whatever
 * the system's code page can hold of them. Returns the exit code, or ends the
 * process. */
int server_main(int argc, char **argv);

/* --- the command line: options.c ---------------------------------------- */

struct listener_address;

enum options_result { OPTIONS_SERVE, OPTIONS_DONE, OPTIONS_BAD };

/* Fills host (model, settings) and the address; lists the models itself. */
enum options_result options_read(int argc, char **argv, struct host *host,
                                 struct listener_address *address,
                                 uint32_t *sample_ms);

/* The tuning in force, by name. */
cJSON *options_tuning(const struct host *host);

/* --- threads: thread.c -------------------------------------------------- */

/* The harness's own threads: room for printing JSON. */
enum { THREAD_STACK = 64 * 1024, THREAD_STACK_HARNESS = 256 * 1024 };

/* thread_start with another stack; the same errors. */
HANDLE thread_start_with(LPTHREAD_START_ROUTINE run, void *arg, unsigned stack);

/* Threads started here that have not ended: costs one load. */
long thread_count(void);

/* --- standard input's words, and the console's Ctrl+C: control.c -------- */

/* Starts the thread that reads standard input; its end is a stop. */
void control_start(struct host *host);

/* run() has returned and all is written: a console that is being closed need
 * not wait any longer. */
void control_done(void);

/* --- samples: sampler.c, metrics.c -------------------------------------- */

/* Measures once, for the reasons of what is unknown. Samples wait for
 * sampler_begin: the first line is not a sample. */
void sampler_open(struct host *host, uint32_t sample_ms, cJSON *unknown);
void sampler_begin(void);

/* Samples until the server stops: join it before the last line. */
HANDLE sampler_start(void);

/* A sample now, from any thread. `mark`: its name, or NULL. */
void sampler_sample(const char *mark);

/* The line behind all others; by the caller of run(). */
void sampler_final(const char *stopped_by);

/* What the server costs, by the keys of PROTOCOL.md, null where unknown; the
 * reasons go to `unknown` unless that is NULL. One caller at a time. `exact`: a
 * mark is worth more than a timed sample. */
void metrics_measure(struct host *host, bool exact, cJSON *to, cJSON *unknown);

/* --- stopping: stop.c ---------------------------------------------------
 *
 * The first request counts. Then wake-up connections to the listener, for a
 * loop that sleeps in accept(), and a watch over a model that does not end. */

enum stop_by { STOP_NOT, STOP_BY_WORD, STOP_BY_EOF, STOP_BY_CONSOLE };

enum { STOP_LIMIT_S = 20, EXIT_STUCK = 70 };

/* Makes srv->stop_event, and the first wake-up connection's socket ahead: there
 * may be no descriptor left when it is needed. After the listener. */
void stop_open(struct host *host);

/* From any thread; false when the stop was requested before. */
bool stop_request(struct host *host, enum stop_by by);
const char *stop_reason(void); /* "stop", "eof", "console"; NULL: none */

/* By the thread whose request came first: makes wake-up connections until run()
 * has returned; ends the process with code 70 and an error line when it has not
 * after STOP_LIMIT_S. */
void stop_wake(struct host *host);

/* run() has returned: waits until the wake-up connections are over. When there
 * was no request to stop, this ends the process the same way. */
void stop_done(const struct host *host);

/* Whether an accepted socket is one of the harness's wake-up connections. */
bool stop_is_wake_up(const struct host *host, SOCKET accepted);

/* --- every rule that is only for Wine: wine.c ---------------------------
 *
 * On Windows these do nothing. A reserve descriptor: a socket held so that a
 * server without a descriptor left can still take a connection, to refuse it;
 * otherwise the connection would wait in the backlog for good. Windows has no
 * such limit. AcceptEx needs none: its sockets were made before. By the thread
 * that accepts alone. */

/* After the listener, before run(). */
void wine_reserve_open(struct host *host);

/* Accepting failed for lack of a descriptor: whether there is one now. */
bool wine_reserve_spend(struct thread_stats *stats);

/* Holds it again, if it was spent. False: there is no descriptor for it, and so
 * none to accept the next connection with. */
bool wine_reserve_hold(struct host *host);

/* How many threads the server may have; 0: as many as the system makes. */
long wine_thread_limit(void);

/* Waits until a thread has set *begun. False when it ended without: near
 * Wine's limits a few do. On Windows a thread that was made runs. */
bool wine_thread_begins(const volatile LONG *begun, HANDLE thread);

/* From SystemExtendedHandleInformation: what GetProcessHandleCount would tell,
 * which answers 0 under Wine. */
enum { WINE_HANDLES = 64 };
uint32_t wine_handles(const void *information);

#endif
