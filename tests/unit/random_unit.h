/* A random number of [0, 1). */
#ifndef IOMODELS_TEST_RANDOM_UNIT_H
#define IOMODELS_TEST_RANDOM_UNIT_H

#include "common/number.h"

static double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1.0p-53;
}

#endif
