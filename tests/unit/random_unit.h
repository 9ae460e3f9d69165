/* Random numbers: of [0, 1), and of a normal distribution; and what is near
 * enough. */
#ifndef IOMODELS_TEST_RANDOM_UNIT_H
#define IOMODELS_TEST_RANDOM_UNIT_H

#include <math.h>

#include "unit.h"
#include "common/number.h"

static inline double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1.0p-53;
}

/* Box and Muller */
static inline double random_normal(struct random *r)
{
    double u = 1 - random_unit(r);

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * random_unit(r));
}

/* cmocka's own works in single precision. */
static inline void near_to(double found, double wanted, double by)
{
    if (!(fabs(found - wanted) <= by))
        fail_msg("%.12g is not within %.3g of %.12g", found, by, wanted);
}

#endif
