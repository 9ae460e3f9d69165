/* Whether a series of samples stays level: the slope of the least-squares line
 * and its 95 % interval. Neighbouring samples resemble each other, so the line
 * goes through the means of blocks of them, which hardly do. */
#ifndef IOMODELS_SLOPE_H
#define IOMODELS_SLOPE_H

#include <stdbool.h>
#include <stddef.h>

enum { SLOPE_BLOCKS_MIN = 5, SLOPE_BLOCKS_MAX = 20 };

struct slope {
    size_t blocks;
    double mean;          /* of the values */
    double span_s;        /* from the first to the last of them */
    double per_s;         /* change of the value a second */
    double low_s, high_s; /* its 95 % interval */
};

/* `at_s` ascends. False: there are fewer than 2 * SLOPE_BLOCKS_MIN values, or
 * no time passed among them. */
bool slope_fit(const double *at_s, const double *value, size_t count,
               struct slope *slope);

#endif
