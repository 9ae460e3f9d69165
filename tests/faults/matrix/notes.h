/* What must be known of single call sites, each with its reason. */
#ifndef IOMODELS_FAULTS_NOTES_H
#define IOMODELS_FAULTS_NOTES_H

#include <stdbool.h>

enum note_allows { NOTE_QUIET = 1 }; /* need not be counted */

struct note {
    const char *site; /* or, with a final *, how it begins */
    unsigned allows;
    const char *needs; /* what has to fail before, as --fault; or NULL */
    const char *words; /* more arguments of the server; or NULL */
    const char *model; /* for a site of the harness: which to run; or NULL */
    const char *why;
};

/* Never NULL: a site without a note has an empty one. */
const struct note *note_find(const char *site);

/* How many connections of its own a failure of this call may cost. */
unsigned note_costs(const char *call);

/* A call that closes: what it was to close stays open. */
bool note_closes(const char *call);

#endif
