/* What a load generator reports: the lines of harness/PROTOCOL.md, or a summary
 * for people. */
#ifndef IOMODELS_REPORT_H
#define IOMODELS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "clients/load_thread.h"

/* Everything countable at one moment. */
struct snapshot {
    int64_t at_ns;
    struct totals totals;
    struct usage usage;
};

struct report {
    const struct shared *shared;
    uint64_t pid;
    bool json;
    bool progress;    /* a line on the terminal, rewritten */
    int64_t epoch_ns; /* t_us counts from here */
    uint32_t threads; /* that this program started, the first included */
    const char *phase;
    struct snapshot last;
};

void report_ready(const struct report *report);
void report_phase(struct report *report, const char *phase, int64_t at_ns);

/* `mark` NULL: a timed one. */
void report_sample(struct report *report, const struct snapshot *s,
                   const char *mark);

/* The end of a run; the window's edges are NULL when it never began. */
struct results {
    const struct snapshot *begin, *end, *final;
    const struct times *times;
    struct totals hostile[MIX_PARTS]; /* of each kind, as in the mix */
    int64_t worst_ns;                 /* see struct load_thread; 0: no echo */
    uint32_t worst;
    uint64_t wrongs;
    const struct thread_wrong *wrong; /* the first; NULL: none */
    bool saturated;
};
void report_final(const struct report *report, const struct results *results);

#endif
