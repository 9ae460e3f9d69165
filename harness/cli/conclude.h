/* What run and compare share before and after the runs. */
#ifndef IOMODELS_CONCLUDE_H
#define IOMODELS_CONCLUDE_H

#include <stdbool.h>

#include "cli/options.h"
#include "runner/suite.h"

/* The time now as "20261122T143346123Z". */
enum { CONCLUDE_TIME_SIZE = 32, CONCLUDE_INTERRUPTED = 130 };
void conclude_time(char text[CONCLUDE_TIME_SIZE]);

/* That time, and what tells apart two that begin in one millisecond, be it with
 * one seed. */
enum { CONCLUDE_ID_SIZE = 64 };
void conclude_id(char id[CONCLUDE_ID_SIZE], const char *now, uint64_t seed);

/* Makes the plan of the options, choosing a seed where none is given. */
void conclude_plan(struct options *o, struct plan *plan);

/* Prints the folder's table, draws its charts unless `gnuplot` is NULL, says
 * where all is, and returns the exit code: 1 when a run of the plan was
 * invalid. */
int conclude(const struct suite *suite, const char *gnuplot);

/* After an interrupt or a stop: what is missing and, if `resume`, how to go
 * on. */
void conclude_missing(const struct suite *suite, const char *what, bool resume);

#endif
