/* The guests of a server whose calls fail: a small load of every kind that a
 * model must do something for, each byte of it checked. */
#ifndef IOMODELS_FAULTS_VISIT_H
#define IOMODELS_FAULTS_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "clients/connect.h"

struct visit;

struct visit_result {
    unsigned served; /* got every byte back, and FIN for FIN */
    unsigned lost;   /* ended before */
    unsigned stuck;  /* neither, when the time was over */
    uint64_t wrong;  /* bytes that came back as others, or surplus ones */
};

/* Serves as many as one case needs; wait_ns is a point of clock_ns(). A guest
 * that may be forgotten is not waited for long: whose socket could not be
 * closed has no end. Some stay connected, with bytes under way, for the stop.
 * NULL: no memory. */
struct visit *visit_make(const struct endpoint *to, uint64_t seed,
                         int64_t wait_ns, bool may_forget,
                         struct visit_result *result);

/* After the stop: those that stayed must be at an end by now. Frees. Returns
 * how many are not. */
unsigned visit_end(struct visit *v, int64_t wait_ns);

#endif
