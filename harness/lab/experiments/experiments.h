/* What several experiments have in common. */
#ifndef IOMODELS_LAB_EXPERIMENTS_H
#define IOMODELS_LAB_EXPERIMENTS_H

#include "lab/lab.h"

/* Figures of a record. */
#define ROUND_TRIPS "/throughput/round_trips_per_s"
#define CPU_TIME    "/cpu/per_round_trip_us/total"

/* Why a part is not judged here. */
#define WINE_LOCKS_NOTHING .why = "Windows: Wine locks nothing."
#define WINE_HAS_NO_POOL                                                       \
    .needs = LAB_WINDOWS, .why = "Windows: Wine has no non-paged pool."

/* A server that mixes up the bytes of a connection, if it is let; a model
 * option follows. */
#define UNORDERED                                                              \
    "run --model iocp_ordered --connections 16 --pipeline 16 --message 1K "    \
    "--outstanding 16 --threads 8 --buffer 1K --connect-timeout 1s "           \
    "--io-timeout 2s "

#endif
