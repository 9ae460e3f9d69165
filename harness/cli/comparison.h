/* What compare and book have in common: a plan in a folder, run in a random
 * order into records, resumable, concluded by a table and charts. */
#ifndef IOMODELS_COMPARISON_H
#define IOMODELS_COMPARISON_H

#include "cli/options.h"

struct comparison_kind {
    const char *command; /* "compare": in records, folders and messages */
    enum args_result (*parse)(struct options *o, int argc, char **argv);
    bool fit; /* what the machine cannot hold is refused first (fit.h) */
};

/* The command: parse, check, run, conclude. Returns the exit code. */
int comparison_run(const struct comparison_kind *kind, int argc, char **argv);

#endif
