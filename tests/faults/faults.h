/* For the wrappers: which calls fail and how, and where a socket's news go. */
#ifndef IOMODELS_FAULTS_H
#define IOMODELS_FAULTS_H

/* The wrappers are where the real calls are made. */
#define FAULT_WRAPPERS
#include "seam.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_FAIL,     /* the call is not made and gives the error */
    FAULT_COMPLETE, /* it pends, and its completion gives the error */
    FAULT_SHORT,    /* it is made with fewer bytes */
    FAULT_LATE,     /* what it reports is reported later, behind others */
    FAULT_REORDER,  /* what it reports comes in the other order */
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    DWORD error;
};

/* Counts the call; what is to happen to this one. With FAULT_FAIL the error is
 * set. */
struct fault fault_ask(const struct fault_here *here);

/* --- where a socket's news go: watch.c ------------------------------------ */

/* As far as the wrappers must know it to make up their own. */
struct fault_watch {
    SOCKET sock;
    HWND window; /* of WSAAsyncSelect; or NULL */
    UINT message;
    WSAEVENT event; /* of WSAEventSelect; or NULL */
    long which;     /* FD_READ and so on */
    long told;      /* those that were made up for the event */
    HANDLE port;    /* or NULL */
    ULONG_PTR key;
    PTP_IO pool_io; /* or NULL */
    PTP_WIN32_IO_CALLBACK pool_done;
    void *pool_arg;
    PTP_CALLBACK_ENVIRON environment;
    DWORD broken; /* error of a send; or 0 */
};
void fault_watch(const struct fault_watch *w);
void fault_forget(SOCKET s);

/* A call would block without reason: tells the socket's window or event later
 * that it no longer would, as the system does after a true one. */
void fault_tell(SOCKET s, long which);

/* The news made up for an event's socket, taken. */
long fault_told(SOCKET s);

/* A send of a socket on a port is to complete with the error: so will those
 * behind it, since a stream has no gap. Without an error: which one it was, or
 * 0. */
DWORD fault_broken(SOCKET s, DWORD error);

/* An operation that is to complete with the error; 0: it is not. With `take` it
 * no longer is. */
DWORD fault_doomed(const OVERLAPPED *io, bool take);

/* Queues its completion with the error, the way that was requested. */
bool fault_finish(SOCKET s, OVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done, DWORD error);

#endif
