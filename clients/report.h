/* One run of the load generator, which load.c makes, and what is reported of
 * it: the lines of harness/PROTOCOL.md, or a summary for people. */
#ifndef IOMODELS_REPORT_H
#define IOMODELS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "clients/load_thread.h"
#include "common/options.h"
#include "common/panel.h"

/* Everything countable at one moment. */
struct snapshot {
    int64_t at_ns;
    uint64_t held_up_us;  /* this process, so far */
    struct totals totals; /* of the healthy connections */
    struct usage usage;
};

struct load {
    struct shared shared;
    struct load_thread *threads[OPTION_LOAD_THREADS_MAX];
    uint32_t thread_count;
    uint64_t pid;
    int64_t epoch_ns; /* t_us counts from here */
    int64_t timer_ns; /* what a short wait took */
    const char *phase;
    int64_t sample_ns; /* when the next is due; INT64_MAX: never */
    /* What people see, and what its last second begins with. */
    struct panel panel;
    struct snapshot last;
    struct recent_sums recent;
    int64_t until_ns; /* when the window ends; 0: not yet known */
    /* The window. */
    bool measured;
    struct snapshot begin, end;
    uint64_t rested_ns[2][OPTION_LOAD_THREADS_MAX]; /* at its begin and end */
    /* The whole run, of all load threads; its times are the first's. */
    struct snapshot final;
    struct totals hostile[MIX_PARTS]; /* of each kind, as in the mix */
    struct thread_worst worst;
    struct thread_wrong wrong;
    bool saturated;
};

void report_ready(const struct load *load);

/* The answer to `clock`, from any thread. */
void report_clock(int64_t epoch_ns, uint64_t rank);
void report_phase(struct load *load, const char *phase, int64_t at_ns);

/* `mark` NULL: a timed one. */
void report_sample(struct load *load, const struct snapshot *s,
                   const char *mark);
void report_final(const struct load *load);

/* To standard error: what to check when no connection was served. */
void report_unserved(const struct load *load);

#endif
