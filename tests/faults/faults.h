/* What iomodels-server-faults knows of its call sites, which of them shall
 * fail and how, and what is still open when it ends. For the wrappers. */
#ifndef IOMODELS_FAULTS_H
#define IOMODELS_FAULTS_H

/* The wrappers are where the real calls are made. */
#define FAULT_WRAPPERS
#include "seam.h"

#if defined(_MSC_VER)
#define FAULT_THREAD __declspec(thread)
#else
#define FAULT_THREAD _Thread_local
#endif

enum fault_kind {
    FAULT_NONE,
    FAULT_FAIL,     /* the call is not made and gives the error */
    FAULT_COMPLETE, /* it pends, and its completion gives the error */
    FAULT_SHORT,    /* it is made with fewer bytes */
    FAULT_LATE,     /* what it tells of is told of later, behind others */
    FAULT_REORDER,  /* what it tells of comes in the other order */
    FAULT_KINDS
};
extern const char *const fault_kind_names[FAULT_KINDS];

struct fault {
    enum fault_kind kind;
    DWORD error;
};

/* Counts the call; whether this one is to fail. */
struct fault fault_ask(const struct fault_here *here);

/* The same for a call that can only fail: true with the error set. */
bool fault_fails(const struct fault_here *here);

/* --- what is open ----------------------------------------------------- */

enum fault_thing {
    FAULT_SOCKETS,
    FAULT_HANDLES,
    FAULT_WINDOWS,
    FAULT_MEMORY,
    FAULT_THINGS
};
void fault_open(enum fault_thing thing);
void fault_close(enum fault_thing thing);

/* --- who is told of a socket: overlapped.c ---------------------------- */

/* Where a socket's news go, as far as the wrappers must know to make up their
 * own. Either a window or an event, or a port, or nothing. */
void fault_watch_window(SOCKET s, HWND window, UINT message, long which);
void fault_watch_event(SOCKET s, WSAEVENT event, long which);
void fault_watch_port(SOCKET s, HANDLE port, ULONG_PTR key);
void fault_forget(SOCKET s);

/* A call would block without reason: tells the socket's watcher later that it
 * no longer would, as the system does after a true one. */
void fault_tell(SOCKET s, long which);

/* The news made up for an event's socket, taken. */
long fault_told(SOCKET s);

/* Whose call through a pointer this is. */
const struct fault_here *fault_where(void);

/* An operation whose completion is to fail. */
void fault_doom(const OVERLAPPED *io, DWORD error);
/* 0: it is not doomed. With `take` it is no longer. */
DWORD fault_doomed(const OVERLAPPED *io, bool take);
/* Queues its completion the way that was asked for. */
bool fault_finish(SOCKET s, OVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done, DWORD error);

/* AcceptEx as WSAIoctl gives it to a model. */
BOOL PASCAL fault_accept_ex(SOCKET listener, SOCKET s, void *to, DWORD data,
                            DWORD local, DWORD remote, DWORD *bytes,
                            OVERLAPPED *io);

#endif
