/* The contract between a model and the harness.
 *
 * A model is the main loop; the harness is a library below it. Each call that
 * makes a style what it is (waiting, accepting, posting, would-block, pending)
 * stands in the model's own file. The parts that must not differ between models
 * are here: the listener, socket options, slots, buffers, the next step of an
 * echo, counters and stopping.
 *
 * The life of a connection, however a model waits for it:
 *
 *     conn = conn_open(stats, accepted);          NULL: refused and counted
 *     for (;;)
 *         switch (conn->want) {
 *         case CONN_RECV:  receive into conn->io, then conn_advance(bytes)
 *         case CONN_SEND:  send conn->io, then conn_advance(bytes)
 *         case CONN_CLOSE: conn_close(), once no I/O of it is outstanding
 *         }
 *     an error of its own: conn_fail(error), which wants CONN_CLOSE
 *
 * One thread at a time handles a connection. A receive of zero bytes is the
 * peer's FIN; everything has been echoed by then, so the answer is a close. */
#ifndef IOMODELS_MODEL_H
#define IOMODELS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/win.h"
#include "common/errors.h"

enum conn_want { CONN_RECV, CONN_SEND, CONN_CLOSE };

/* First member of a model's own connection. The harness owns all of it; a
 * model reads sock, want, io and slot and writes none of them. */
struct conn {
    SOCKET sock;
    WSABUF io;          /* the bytes to do `want` with */
    unsigned char want; /* an enum conn_want: what to do next */
    bool blocked;       /* see conn_blocked */
    uint32_t slot;      /* 0 .. server.slots_used - 1, unique while open */
};

/* One of several receives and sends of a connection that are outstanding at the
 * same time: first member of a model's own, beside its OVERLAPPED. A model that
 * has them does not use the connection's own want and io. */
struct xfer {
    WSABUF io;          /* the bytes to do `want` with */
    unsigned char want; /* an enum conn_want */
    uint32_t index;     /* among those of the connection */
    uint64_t number;    /* the model's: its place among the receives */
};

/* What peers are served with. Of a file they ask for pieces, by requests of 16
 * bytes (common/service.h). */
enum service { SERVICE_ECHO, SERVICE_FILE };

/* First member of the own connection of a model that serves a file: its conn
 * receives a request, then wants to send conn.io.len bytes of the file.
 * conn.io.buf does not hold them: it is room for a model that reads the file.
 */
struct file_conn {
    struct conn conn;
    uint64_t at; /* in the file, the next byte to send */
    WSABUF data; /* what such a model has read and not sent yet */
};

/* The counters of one thread. Opaque to models. */
struct thread_stats;

enum { MODEL_OPTIONS_MAX = 12 };

/* A model option, set with --tune NAME=VALUE. The last one has no name. */
struct model_option {
    const char *name;
    uint32_t preset, low, high;
    const char *summary; /* with the unit */
    /* Where a value is a word: "fixed|adaptive"; their numbers begin at low,
     * which is 0, and end at high. NULL: a value is a number. */
    const char *words;
};

struct server {
    SOCKET listener;   /* bound, listening, overlapped */
    int family;        /* AF_INET or AF_INET6: for sockets made ahead */
    HANDLE stop_event; /* manual reset, set once: time to leave run() */
    struct thread_stats *stats; /* of the thread that calls run() */
    uint32_t threads;     /* I/O threads requested; >= 1, <= max_threads */
    uint32_t max_conns;   /* refuse above; >= 1 */
    uint32_t buffer_size; /* bytes of each connection's transfer buffer, and of
                             each of its transfers' */
    uint32_t outstanding; /* transfers of a connection; 1 without xfers */
    uint32_t tuning[MODEL_OPTIONS_MAX]; /* in the order of model->options */
    HANDLE file; /* overlapped, of pattern.c's bytes; NULL without a file to
                    serve. The model may give it to its port; it reads alone */
    const char *fallback; /* the model's, before server_ready: why it does less
                             than its options say, a text that stays; or NULL */
};

/* A model's family is the list that models/meson.build names it in. */
struct io_model {
    const char *name, *summary; /* "iocp"; one line for people */
    const char *ceiling;        /* what bounds it, one line for people */
    enum service service;
    size_t conn_size;          /* of the struct that begins with struct conn */
    uint32_t max_conns;        /* the API's own ceiling; 0: memory's */
    uint32_t max_threads;      /* 1: one loop by nature; 0: as requested */
    uint32_t conns_per_thread; /* 1: a thread each; 0: a thread serves any
                                  number of connections */
    bool accepts_ahead;        /* AcceptEx: has sockets before clients come */
    DWORD listener_flags;      /* more of WSASocketW's, for the listener, whose
                                  accepted sockets inherit them */
    uint32_t max_outstanding;  /* transfers that a connection can have (struct
                                  xfer); 0: it has none */
    bool borrows;              /* conn_borrow: no buffer while idle */
    struct model_option options[MODEL_OPTIONS_MAX];
    /* Why this system cannot run the model ("Wine has no registered I/O"), a
     * text that stays; NULL: it can. No function: every system can. It is
     * asked after WSAStartup, when models are listed and before run(). */
    const char *(*missing)(void);
    /* Returns after stop_event was set, with every connection closed, every
     * thread joined and no I/O outstanding. */
    void (*run)(struct server *srv);
};

/* --- starting --------------------------------------------------------- */

/* Once, when run() has all that it cannot do without: announces the server, and
 * from here on a failure is counted or refused. */
void server_ready(struct server *srv);

/* Before that: reports the call that failed, with GetLastError() and its text,
 * and ends the process with code 2. */
_Noreturn void server_cannot_start(struct server *srv, const char *call);

/* --- threads ---------------------------------------------------------- */

/* The counters of one thread. Open them before the thread starts: NULL means
 * out of memory (counted; treat it as CreateThread failing). Close them when it
 * ended, from any thread: its counts stay. */
struct thread_stats *thread_stats_open(struct server *srv);
void thread_stats_close(struct thread_stats *stats);

/* Starts a thread with a stack reserved. THREAD_STACK_KIB is room for printing
 * JSON, and for the system's code on a thread with windows: 10,000 threads
 * reserve 2.5 GB, with the usual 1 MiB it would be 10. Returns a handle of a
 * thread that does run, for the caller to close, or NULL with GetLastError().
 */
enum { THREAD_STACK_KIB = 256 };
HANDLE thread_start(LPTHREAD_START_ROUTINE run, void *arg, uint32_t stack_kib);

/* Waits for a thread that is ending, and closes its handle. Its memory is freed
 * next: a thread that still runs after wait_ms ends the process. */
void thread_join(struct thread_stats *stats, HANDLE thread, DWORD wait_ms);

/* Counts an error, by name, that the loop goes on with; stats_check does so
 * with GetLastError() unless `good`, and returns that. */
void stats_error(struct thread_stats *stats, DWORD error);
bool stats_check(struct thread_stats *stats, bool good);

/* A thread that asks again and again slept meanwhile: the record has what such
 * a sleep takes, beside what was asked for. */
void stats_slept(struct thread_stats *stats, uint32_t asked_us,
                 int64_t took_ns);

/* --- a fixed number of threads: iocp ----------------------------------- */

struct io_thread {
    struct io_threads *all;
    struct thread_stats *stats;
    HANDLE handle;
};

struct io_threads {
    struct server *srv;
    uint32_t count;
    struct io_thread *first;
};

/* Starts srv->threads threads that `run` with a struct io_thread each. Fewer
 * where no more can be made, which is counted; with none the server cannot
 * start. */
void threads_start(struct io_threads *all, LPTHREAD_START_ROUTINE run);

/* Waits for threads that are ending, and frees their structs. */
void threads_join(struct io_threads *all);

/* --- threads with a share of the connections each -----------------------
 *
 * srv->threads of them, or as many as the connections need where an API has a
 * limit of connections in one thread. */

/* First member of a model's own struct: what its thread waits for. */
struct pool_worker {
    struct worker_pool *pool;
    struct thread_stats *stats;
    HANDLE thread;
    HANDLE wake; /* auto-reset event: connections came, or it is to leave;
                    NULL where pool.wake does that */
    volatile LONG leave;      /* close what is left, then end */
    volatile LONG conns;      /* given and not yet gone */
    struct pool_worker *next; /* younger */
    SRWLOCK lock;             /* of inbox */
    uint32_t waiting;
    struct conn **inbox; /* pool.capacity of them */
};

struct worker_pool {
    struct server *srv;
    LPTHREAD_START_ROUTINE run; /* of each; its argument is the worker */
    size_t worker_size;         /* zero at first */
    /* Connections a worker can serve. Without a limit of its own it is
     * srv->max_conns + 1: a closed connection is counted until its worker says
     * that it is gone, and another may have its slot by then. */
    LONG capacity;
    /* Make what a worker needs besides (false with GetLastError()) and undo
     * it, whole or in part, when it does not run. Either may be NULL. */
    bool (*open)(struct pool_worker *w);
    void (*close)(struct pool_worker *w);
    /* Wakes a worker, by the thread that called run(). NULL: by its event. */
    void (*wake)(struct pool_worker *w);
    volatile LONG conns;       /* of all */
    struct pool_worker *first; /* the oldest */
    ULONGLONG maintain_at;     /* in GetTickCount64's time */
};

/* Opens a connection, gives it to the emptiest worker, or to a new one when all
 * are full, and wakes that. Refuses it when no thread can be made for it. */
void worker_pool_give(struct worker_pool *pool, SOCKET accepted);

/* By the worker's thread: the next of the connections given; NULL: none. */
struct conn *worker_pool_take(struct pool_worker *w);

/* A connection given was closed or refused. */
void worker_pool_gone(struct pool_worker *w);

/* Once a second, whenever it is called: ends workers that have run dry, but for
 * srv->threads of them, and wakes again where a wake-up was lost. */
void worker_pool_maintain(struct worker_pool *pool);

/* Makes all leave, and waits until they ended. */
void worker_pool_end(struct worker_pool *pool);

/* --- accepting -------------------------------------------------------- */

enum accept_next {
    ACCEPT_AGAIN, /* that connection died in the backlog: go on accepting */
    ACCEPT_LATER  /* out of resources: go on serving, try in a moment */
};

/* Any failure of accept or AcceptEx but "nothing is waiting": counts it by
 * name and says how to go on. Accepting never ends before server_stopping. */
enum accept_next accept_failed(struct thread_stats *stats, DWORD error);
enum { ACCEPT_RETRY_MS = 50 }; /* how long a moment is */

/* The same for a thread that only accepts: sleeps that moment itself. */
void accept_wait(struct server *srv, DWORD error);

/* For models whose lesson is not accepting: the thread that called run() sleeps
 * in accept() and gives each socket to `take`, which opens or refuses it. The
 * sockets are blocking and overlapped, as the listener is. Returns when the
 * server stops. */
void accept_loop(struct server *srv, void (*take)(void *arg, SOCKET accepted),
                 void *arg);

/* Takes an accepted socket: sets its options, gives it a slot and a buffer.
 * NULL: full, stopping, or the peer is gone already; the socket is closed and
 * the refusal counted by name. The memory behind struct conn (conn_size) is
 * zero at first and keeps what its last user left: set what you use. */
struct conn *conn_open(struct thread_stats *stats, SOCKET accepted);

/* Refuses an accepted socket that has no conn: no thread, no event, no port.
 * Closes it and counts the refusal under the error's name. */
void socket_refuse(struct thread_stats *stats, SOCKET accepted, DWORD error);

/* The same for a connection that conn_open made but nothing can serve. */
void conn_refuse(struct thread_stats *stats, struct conn *c, DWORD error);

/* --- a connection ----------------------------------------------------- */

/* For models that borrow alone: an open connection has no buffer and c->io is
 * empty until it borrows one to receive into; false: conn_fail was called,
 * memory is short. Repaid, c->io is empty again; a connection that owes bytes
 * keeps its buffer. Both are for every turn of a loop: one that has a buffer
 * keeps it, one that has none to repay does nothing. */
bool conn_borrow(struct thread_stats *stats, struct conn *c);
void conn_repay(struct thread_stats *stats, struct conn *c);

/* `bytes` of c->io were received or sent: sets and returns what is wanted
 * next. No system call, no lock, no allocation; but for --work, which computes
 * or sleeps here. */
enum conn_want conn_advance(struct thread_stats *stats, struct conn *c,
                            DWORD bytes);

/* An error of this connection alone, counted by name. Returns CONN_CLOSE; but
 * with --shortage ladder, where memory is short, perhaps what it wanted, to be
 * tried again at once. */
enum conn_want conn_fail(struct thread_stats *stats, struct conn *c,
                         DWORD error);

/* The same for one of several transfers; index 0 .. srv->outstanding - 1.
 * xfer_open gives it a buffer of its own to receive into. It then goes from
 * CONN_RECV to CONN_SEND and back; CONN_CLOSE is the peer's FIN. The order of
 * transfers is the model's affair. After a failure the connection wants
 * CONN_CLOSE, without the ladder; further ones, as its other transfers end,
 * count no more. */
void xfer_open(struct thread_stats *stats, const struct conn *c, struct xfer *x,
               uint32_t index);
enum conn_want xfer_advance(struct thread_stats *stats, const struct conn *c,
                            struct xfer *x, DWORD bytes);
enum conn_want xfer_fail(struct thread_stats *stats, struct conn *c,
                         struct xfer *x, DWORD error);

/* The same for models that serve a file: file_open makes a connection want a
 * request, into its buffer. `bytes` of a request were received, or of the file
 * sent, of which a part is no partial send. A request for what is not in the
 * file ends its connection. */
void file_open(struct thread_stats *stats, struct file_conn *f);
enum conn_want file_advance(struct thread_stats *stats, struct file_conn *f,
                            DWORD bytes);

/* `bytes` from `at` on were read into conn.io.buf: f->data is to be sent. */
void file_was_read(struct file_conn *f, DWORD bytes);

/* A send would have blocked (WSAEWOULDBLOCK): counted, for the record, once
 * until it goes on, however often it is tried. */
void conn_blocked(struct thread_stats *stats, struct conn *c);

/* Closes the socket and gives the slot back. No I/O may be outstanding; c is
 * gone afterwards. After an error or while stopping the close is abortive
 * where data is still owed, otherwise it is graceful (FIN after all bytes). */
void conn_close(struct thread_stats *stats, struct conn *c);

/* Closes the socket alone, for I/O that nothing else cancels: slot and buffer
 * stay until that has ended, for conn_detach. False: counted, still open. */
bool conn_cut(struct thread_stats *stats, const struct conn *c);

/* Gives the slot back and not the socket, which was cut, or is to be
 * disconnected and used again and owes nothing: no I/O may be outstanding. */
void conn_detach(struct thread_stats *stats, struct conn *c);

/* Whether sockets are handles of the file system: Windows' own are, a layered
 * provider's need not be. Only of such handles can the system leave out the
 * completion of an operation that succeeded at once
 * (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS). */
bool sockets_are_files(struct server *srv);

/* Before server_ready: whether this system lets sockets be used again after
 * `disconnect`, which returns as DisconnectEx does. NULL: it does; or why not,
 * a text that stays. */
const char *sockets_reusable(BOOL (*disconnect)(void *arg, SOCKET sock,
                                                OVERLAPPED *io),
                             void *arg);

/* --- stopping --------------------------------------------------------- */

/* True once stop_event is set. The harness then makes a wake-up connection to
 * the listener, for a loop that can sleep only on a socket; conn_open refuses
 * that connection, and it counts nowhere. */
bool server_stopping(const struct server *srv);

/* The open connection in a slot, or NULL: for closing what is left, when no
 * other thread opens or closes any more. slots_used only grows. */
struct conn *server_conn(struct server *srv, uint32_t slot);
uint32_t server_slots_used(const struct server *srv);

#endif
