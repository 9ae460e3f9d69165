/* The sentences of the lifetime arguments, as rules; rules.c holds events
 * against them. Threads are Windows' numbers of theirs. */
#ifndef IOMODELS_RULES_H
#define IOMODELS_RULES_H

#include "model.h"

/* overlapped, apc, iocp: which sentence each is stands in lifetime.py. */
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
    RULES
};

/* What the model did. `thread` is who. */
void rules_open(const struct conn *c, DWORD thread);
void rules_post(const struct conn *c, const OVERLAPPED *io, DWORD thread);
void rules_not_begun(const struct conn *c); /* the call failed: the kernel has
                                               nothing, its OVERLAPPED no
                                               meaning */
void rules_taken(const struct conn *c, DWORD thread);
void rules_close(const struct conn *c, DWORD thread);
void rules_gone(const struct conn *c); /* refused: never served */
void rules_cancel(const OVERLAPPED *io, DWORD thread); /* NULL: a socket's */
void rules_thread_begin(void);
void rules_thread_end(DWORD thread);
void rules_accept(const OVERLAPPED *io, SOCKET s, DWORD thread);
void rules_accept_failed(const OVERLAPPED *io);
void rules_accept_taken(const OVERLAPPED *io, DWORD thread);
void rules_accept_socket(SOCKET s, DWORD thread); /* handed on, or closed */

/* After run(): prints how often each rule was held to. */
void rules_end(void);

#endif
