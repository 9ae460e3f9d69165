/* What the two halves of the witness share: connections with one operation
 * (witness.c) and with several transfers (witness_xfers.c). */
#ifndef IOMODELS_WITNESS_RULES_H
#define IOMODELS_WITNESS_RULES_H

#include "model.h"

/* Which sentence each is stands in lifetime.py. */
enum rule {
    RULE_OWNER,         /* one thread, from the hand-over to the close */
    RULE_ONE,           /* operation at a time */
    RULE_ONCE,          /* each operation's end is taken once */
    RULE_DONE,          /* no touch before the kernel is done with it */
    RULE_CLOSE,         /* nothing is pending at the close */
    RULE_HAND,          /* who took it there posts it or closes it */
    RULE_END,           /* a thread ends with none of its connections open */
    RULE_WORKERS_FIRST, /* the workers are gone when one thread cancels */
    RULE_TAKEN,         /* at the end all were taken and closed */
    RULE_ACCEPT_REST,   /* an AcceptEx keeps its OVERLAPPED till it is taken */
    RULE_ACCEPT_THREAD, /* one thread posts, takes and closes accepts */
    RULE_ACCEPT_ONCE,   /* an accept's socket is handed on or closed once */
    RULE_AFTER_ERROR,   /* nothing is posted after one */
    RULE_CANCELLED,     /* an error cancels what is pending */
    RULES
};

void witness_enter(void);
void witness_leave(void);

/* The next two between these. */
void witness_hold(enum rule rule, bool ok);

/* At the post that an event is to be made up for: the rule that it breaks;
 * RULES: none. */
enum rule witness_breaks(void);

/* Transfers and their connections; of witness_xfers.c. */
bool witness_xfers_left(void);

#endif
