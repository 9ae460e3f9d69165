/* The load generator: many connections, every byte checked, every attempt and
 * every connection accounted for. harness/PROTOCOL.md "iomodels load" says
 * what it reads and writes. */
#ifndef IOMODELS_LOAD_H
#define IOMODELS_LOAD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOAD_MESSAGE_MAX = 1 << 20,
    LOAD_CONNECTIONS_MAX = 1000000,
    LOAD_THREADS_MAX = 256,
    LOAD_PIPELINE_MAX = 1024,
    LOAD_RETRIES_MAX = 1000,
};

enum {
    /* The first wait before another try; each further one is twice as long,
     * so that a server in need is not asked more often than it can answer. */
    LANE_RETRY_MS = 200,
    LANE_RETRY_DOUBLINGS = 4
};

/* Times in microseconds; texts stay the caller's and must outlive the run. */
struct load_options {
    const char *target;          /* "ADDR:PORT", "[::1]:PORT", "HOST:PORT" */
    const char *pattern;         /* a name of traffic_names() */
    const char *hostile;         /* "SHARE[:KIND,...]"; NULL: none */
    const char *local_addresses; /* "A,B,..."; NULL: see sources_default */
    uint64_t connections;
    uint64_t message_bytes;
    uint64_t duration_us, warmup_us;
    uint64_t threads;         /* 0 until load_threads says how many */
    uint64_t pipeline;        /* messages in flight on one connection */
    uint64_t think_us;        /* pause between an echo and the next message */
    uint64_t rate;            /* bytes/s of all connections; 0: no limit */
    uint64_t connect_window;  /* attempts pending at once */
    uint64_t connect_retries; /* further tries when refused or timed out */
    uint64_t connect_timeout_us; /* an attempt, its first echo included */
    uint64_t io_timeout_us;      /* without a byte while an echo is owed */
    uint64_t connect_budget_us;  /* for all attempts together */
    uint64_t seed;
    uint64_t sample_ms; /* 0: only at the window's edges */
    bool turns; /* count the others' echoes between two of a connection */
    bool json_stream;
};

/* The defaults of `iomodels load`. */
struct load_options load_defaults(void);

/* How many threads when nobody says: half of the processors that the load may
 * run on, since the server has to run too, and no more than connections. */
uint64_t load_threads(uint64_t processors, uint64_t connections);

/* Names of the patterns, ending with NULL. */
const char *const *traffic_names(void);

/* Runs to the end and reports: 0, EXIT_BAD_RUN when a byte was wrong (or, for
 * people, when nobody was connected), EXIT_BAD_INPUT (after one line) when the
 * options cannot be met here, 70 when the sums do not add up, which cannot
 * happen. */
int load_run(const struct load_options *options);

#endif
