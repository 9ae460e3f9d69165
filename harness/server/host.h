/* The server process: what the parts below model.h share. */
#ifndef IOMODELS_HOST_H
#define IOMODELS_HOST_H

#include <cJSON.h>
#include "common/args.h"
#include "common/options.h"
#include "common/sync.h"
#include "model.h"

#define HOST_AS_IS UINT32_MAX /* the system's: OPTION_UNSET in 32 bits */

/* --- memory of connections: slots.c ----------------------------------------
 *
 * Where connections live: struct conn (a model's own, conn_size bytes) a slot,
 * and its transfer buffer, or several in a row: its own, or, where the model
 * borrows, one from a pool while there is data. The slot or buffer left last is
 * taken first, so that what is in use stays small and warm. */

/* An array in address space reserved at once, with memory behind it only as
 * far as it was ever used: items never move, and a large limit costs nothing.
 */
struct region {
    unsigned char *base; /* of the first item */
    size_t stride;       /* bytes from item to item */
    uint32_t limit;      /* items there is address space for */
    uint32_t ready;      /* items there is memory for; zeroed at first */
    unsigned char *reserved;
    size_t guarded; /* bytes of an item that has pages of its own; or 0 */
};

/* A look-aside list of a region's items. */
struct lookaside {
    struct region free; /* uint32_t: a stack of the items given back */
    SRWLOCK lock;
    volatile uint32_t used; /* items ever taken: 0 .. used - 1 */
    uint32_t free_count;
};

enum pool { POOL_NONE, POOL_LOOKASIDE, POOL_HEAP };

struct slots {
    /* First, away from what each open and close writes: each echo reads it. */
    uint32_t buffer_size;
    bool guard;
    enum pool pool;        /* of buffers; POOL_NONE: one a slot */
    struct region conns;   /* cache lines apart: neighbours have two threads */
    struct region buffers; /* a small one never straddles a page */
    struct region lent;    /* with a pool: char *, the slot's buffer or NULL */
    struct lookaside conn_list, buffer_list;
};

/* `buffers`: how many a slot has. `offset`: where in its own pages the first of
 * them begins; HOST_AS_IS: small ones share a page. `guard`, which decides that
 * itself, for finding mistakes: each struct
 * and the last buffer ends where a page ends, between pages without memory, and
 * a buffer is shut while nobody has it: a touch ends the process. The heap's
 * buffers have no such pages. False with GetLastError(). */
bool slots_open(struct slots *s, size_t conn_size, uint32_t buffer_size,
                uint32_t buffers, uint32_t offset, uint32_t limit,
                enum pool pool, bool guard);
void slots_close(struct slots *s);

/* A connection that wants its first bytes, without a socket yet. NULL: *why is
 * REFUSED_LIMIT or the error of the memory that could not be had. */
struct conn *slot_take(struct slots *s, DWORD *why);
void slot_give(struct slots *s, struct conn *c);

/* With a pool: a buffer for a connection that has none; false: *why. And back,
 * if it has one: false if not. */
bool slot_borrow(struct slots *s, struct conn *c, DWORD *why);
bool slot_repay(struct slots *s, struct conn *c);

/* The connection in a slot that was ever used, or NULL when it is free. */
struct conn *slot_conn(const struct slots *s, uint32_t slot);

static inline void *region_item(const struct region *r, uint32_t index)
{
    return r->base + r->stride * index;
}

static inline char *slot_buffer(const struct slots *s, uint32_t slot)
{
    return s->pool ? *(char **)region_item(&s->lent, slot)
                   : region_item(&s->buffers, slot);
}

/* --- what is counted: stats.c ----------------------------------------------
 *
 * Operations and bytes by each thread for itself, without a lock; the sampler
 * reads them all. When a thread ends, its counts are added to a total and its
 * struct is used again. Errors, which are rare, in one table under a lock. */

/* Refusals that no system call failed for; bit 29 marks codes that are not
 * the system's. */
enum refused { REFUSED_LIMIT = 0x20000001, REFUSED_STOPPING = 0x20000002 };

struct error_count {
    DWORD code;
    uint64_t count;
};

/* Of all threads, under stats.error_lock. Room for all names that Windows has
 * for a socket's troubles; errors beyond are still counted, as `other`. */
enum { ERROR_COUNTS_MAX = 96 };
struct error_counts {
    uint32_t used;
    struct error_count entry[ERROR_COUNTS_MAX];
    uint64_t other;
};

/* What conn_advance touches comes first: with the pointer to the host, one
 * cache line. */
enum count {
    COUNT_RECV_BYTES,
    COUNT_SEND_BYTES,
    COUNT_RECVS,
    COUNT_SENDS,
    COUNT_PARTIAL_SENDS,
    COUNT_BLOCKED_SENDS,
    COUNT_OPENS,
    COUNT_BORROWS,
    COUNT_RAISED, /* --shortage ladder: working-set limits */
    COUNT_CUT,    /* and receives made shorter */
    COUNT_CLOSES,
    COUNT_UNOPENED, /* opens to be taken back: opened, then refused */
    COUNT_REPAYS,
    COUNT_REFUSED,
    COUNT_SLEEPS, /* a model's own, by stats_slept */
    COUNT_SLEEP_ASKED_US,
    COUNT_SLEPT_US,
    COUNT_KINDS
};

struct host;

struct thread_stats {
    struct host *host;
    uint32_t work_in; /* messages, then --work; 0: no work */
    struct sync_count counts[COUNT_KINDS];
    struct thread_stats *next, *next_free;
    void *memory; /* this struct begins at a cache line of it */
};

struct stats {
    SRWLOCK lock;
    struct thread_stats *threads; /* ever made */
    struct thread_stats *free;
    uint64_t total[COUNT_KINDS]; /* of the threads that ended */
    SRWLOCK error_lock;
    struct error_counts errors, refusals;
};

void stats_open(struct stats *all);
void stats_close(struct stats *all);

/* Sums of all threads, past and present, at any time. Never shows a close
 * without its open. */
void stats_counts(struct stats *all, uint64_t sum[COUNT_KINDS]);

/* From the thread itself; stats_error is in model.h. */
void stats_refusal(struct thread_stats *stats, DWORD code);

/* "WSAECONNRESET", "connection_limit", "stopping". Static. */
const char *stats_error_name(DWORD code);

/* --- the whole ---------------------------------------------------------- */

struct host_options {
    uint32_t nodelay;        /* 0 or 1 */
    uint32_t sndbuf, rcvbuf; /* bytes, or HOST_AS_IS */
    uint32_t backlog;        /* 1 .. 65535 */
    enum pool pool;          /* POOL_NONE unless the model borrows */
    uint32_t buffer_offset;  /* in a page, or HOST_AS_IS: packed */
    uint64_t working_set[2]; /* bytes: least, most; 0: the system's */
    struct option_work work; /* every 0: none */
    bool ladder;             /* --shortage */
    bool guard;              /* slots_open */
};

enum { LISTENER_TEXT = 64 };

struct listener_address {
    struct sockaddr_storage at;
    int length;
    char text[LISTENER_TEXT]; /* without the port */
    uint16_t port;
};

struct host {
    struct server srv; /* first: it is what models point to */
    const struct io_model *model;
    struct host_options options;
    struct listener_address address;
    uint32_t sample_ms;
    uint64_t file_bytes; /* of srv.file; 0: there is none */
    struct slots slots;
    struct stats stats;
    volatile LONG stopping; /* set before srv.stop_event */
    const char *stopped_by; /* "stop", "eof", "console" */
    bool has_reserve;       /* under Wine: wine_reserve_open */
    SOCKET reserve;         /* INVALID_SOCKET while it is spent */
    int64_t started_ns;
};

static inline struct host *host_of(struct server *srv)
{
    return (struct host *)srv;
}

/* Address space for srv.max_conns. False with GetLastError(). */
static inline bool host_open(struct host *host, size_t conn_size)
{
    stats_open(&host->stats);
    return slots_open(&host->slots, conn_size, host->srv.buffer_size,
                      host->srv.outstanding, host->options.buffer_offset,
                      host->srv.max_conns, host->options.pool,
                      host->options.guard);
}

int server_main(int argc, char **argv);

/* --- the command line: options.c ---------------------------------------- */

/* Fills host's model, settings and address; lists the models itself. */
enum args_result options_read(int argc, char **argv, struct host *host);

/* The tuning in force, by name. */
cJSON *options_tuning(const struct host *host);

/* --- the listening socket, and socket options as they are: listener.c ---- */

/* "127.0.0.1:5000", "[::1]:0"; binds and listens, and reads host->address back.
 * Both false after an error line. */
bool listener_parse(const char *text, struct listener_address *address);
bool listener_open(struct host *host);

bool listener_is_loopback(const struct listener_address *address);

/* In network order. */
static inline uint16_t *address_port(struct sockaddr_storage *at)
{
    return at->ss_family == AF_INET ? &((struct sockaddr_in *)at)->sin_port
                                    : &((struct sockaddr_in6 *)at)->sin6_port;
}

/* Where this machine itself reaches the listener. Returns the length. */
int listener_local(SOCKET listener, struct sockaddr_storage *at);

/* Sets nodelay and buffer sizes; false with WSAGetLastError(). */
bool listener_set_options(const struct host_options *options, SOCKET s);

/* The options of an accepted socket; why they are not known goes to `unknown`.
 */
cJSON *listener_read_back(const struct host *host, cJSON *unknown);

/* --- the service `file`: file.c ------------------------------------------ */

/* Makes srv.file, a temporary one of host->file_bytes, unless that is 0. False
 * after an error line. */
bool file_make(struct host *host);

/* --- a shortage of memory: shortage.c ------------------------------------ */

/* Doubles the working-set limits; false: the system does not grant it. */
bool shortage_raise(void);

/* --- threads: thread.c -------------------------------------------------- */

/* Threads started here that have not ended: costs one load. */
long thread_count(void);

/* --- standard input's words, and the console's Ctrl+C: control.c -------- */

/* Starts the thread that reads standard input; its end is a stop. */
void control_start(struct host *host);

/* All is written: a console that is being closed need not wait longer. */
void control_done(void);

/* --- what the server costs: metrics.c ------------------------------------ */

/* Measures once, for the reasons of what is unknown, and starts the thread that
 * samples until the server stops. Samples wait for metrics_begin: the first
 * line is not a sample. */
void metrics_open(struct host *host, cJSON *unknown);
void metrics_begin(void);

/* A sample of this moment with a name, from any thread; its line follows. */
void metrics_mark(const char *name);

/* The line behind all others; by the caller of run(). */
void metrics_final(void);

/* --- stopping: stop.c ---------------------------------------------------
 *
 * The first request counts. Then wake-up connections to the listener, for a
 * loop that sleeps in accept(), and a watch over a model that does not end. */

/* Makes srv->stop_event. After the listener. */
void stop_open(struct host *host);

/* From any thread; false when the stop was requested before. */
bool stop_request(struct host *host, const char *by);

/* By the thread whose request came first: makes wake-up connections until
 * stop_done, or ends the process with code 70 and an error line after 20 s. */
void stop_wake(struct host *host);

/* run() has returned: waits until the wake-up connections are over. Without a
 * request to stop it ends the process the same way. */
void stop_done(const struct host *host);

/* Whether an accepted socket is one of the harness's wake-up connections. */
bool stop_is_wake_up(const struct host *host, SOCKET accepted);

/* --- rules for Wine alone: wine.c ----------------------------------------
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

/* How many files Wine's server may have open; 0: there is none, or it cannot be
 * told. */
uint64_t wine_open_files(void);

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
