/* What the parts of the witness share: connections with one operation
 * (witness.c), of which some send a file (witness_file.c) or ask the driver
 * (witness_polls.c), accepts (witness_accepts.c), and connections with several
 * transfers (witness_xfers.c). */
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
    RULE_REST,          /* what a request owns is not touched until then */
    RULE_ACCEPT_REST,   /* an AcceptEx keeps its OVERLAPPED till it is taken */
    RULE_ACCEPT_THREAD, /* one thread posts, takes and closes accepts */
    RULE_ACCEPT_ONCE,   /* an accept's socket is handed on or closed once */
    RULE_AFTER_ERROR,   /* nothing is posted after one */
    RULE_CANCELLED,     /* an error cancels what is pending */
    RULES
};

void witness_enter(void);
void witness_leave(void);

/* All that follows between these, but for witness_begins and witness_begun. */
void witness_hold(enum rule rule, bool ok);

/* At the post that an event is to be made up for: the rule that it breaks;
 * RULES: none. */
enum rule witness_breaks(void);

struct witness_conn {
    const struct conn *conn;
    bool open, pending, posted;
    DWORD owner, holder; /* threads; 0: nobody yet */
    const OVERLAPPED *io;
};

/* The open connection that has this as a part of its struct, of `size` bytes;
 * or NULL. */
struct witness_conn *witness_with(const void *part, size_t size);

/* Its operation begins, and its end is taken. */
void witness_posts(struct witness_conn *w, const OVERLAPPED *io);
void witness_takes(struct witness_conn *w);

/* One event that must not be. */
void witness_break(enum rule rule, struct witness_conn *w,
                   const OVERLAPPED *io);
void witness_accepts_break(enum rule rule);

/* Around a call that begins an operation. The first of a connection is a
 * receive into its conn.io; others may have other buffers, or none, and the
 * same OVERLAPPED. */
struct witness_conn *witness_begins(const WSABUF *buffers,
                                    const OVERLAPPED *io);
int witness_begun(struct witness_conn *w, int failed);

/* A function that was looked up is replaced, if its calls are to be seen. */
void witness_file_look_up(const void *name, void *function);

/* Whether something is not over. */
bool witness_accepts_left(void);
bool witness_xfers_left(void);

#endif
