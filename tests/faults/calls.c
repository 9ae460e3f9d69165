/* Sockets without overlapped I/O, events, windows, threads. */
#include "faults.h"
#include <errno.h>

/* True with the error set. A call that would block without reason has its
 * watcher told later. */
static bool calls_fails(struct fault fault, SOCKET s, long which)
{
    if (fault.kind != FAULT_FAIL)
        return false;
    if (fault.error == WSAEWOULDBLOCK)
        fault_tell(s, which);
    SetLastError(fault.error);
    return true;
}

SOCKET fault_accept(const struct fault_here *here, SOCKET s,
                    struct sockaddr *from, int *size)
{
    if (calls_fails(fault_ask(here), s, FD_ACCEPT))
        return INVALID_SOCKET;
    return fault_opened_socket(accept(s, from, size));
}

int fault_closesocket(const struct fault_here *here, SOCKET s)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    /* Before: the number may be another's as soon as it is closed. */
    fault_forget(s);
    fault_rio_forget(s);
    int failed = closesocket(s);
    fault_closed(FAULT_SOCKETS, !failed);
    return failed;
}

static int calls_size(struct fault fault, int size)
{
    return fault.kind == FAULT_SHORT && size > 1 ? 1 : size;
}

int fault_recv(const struct fault_here *here, SOCKET s, char *to, int size,
               int flags)
{
    struct fault fault = fault_ask(here);
    if (calls_fails(fault, s, FD_READ))
        return SOCKET_ERROR;
    return recv(s, to, calls_size(fault, size), flags);
}

int fault_send(const struct fault_here *here, SOCKET s, const char *from,
               int size, int flags)
{
    struct fault fault = fault_ask(here);
    if (calls_fails(fault, s, FD_WRITE))
        return SOCKET_ERROR;
    return send(s, from, calls_size(fault, size), flags);
}

static void calls_reverse(fd_set *set)
{
    for (u_int i = 0; i < set->fd_count / 2; i++) {
        SOCKET s = set->fd_array[i];
        set->fd_array[i] = set->fd_array[set->fd_count - 1 - i];
        set->fd_array[set->fd_count - 1 - i] = s;
    }
}

/* No order is promised for the sockets that a set comes back with. */
int fault_select(const struct fault_here *here, int count, fd_set *read,
                 fd_set *write, fd_set *except, struct timeval *wait)
{
    fd_set *sets[] = {read, write, except};
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL)
        return SOCKET_ERROR;
    /* Each set that is given must have a socket, as its page says. */
    for (int i = 0; i < 3; i++)
        if (sets[i] && sets[i]->fd_count == 0) {
            WSASetLastError(WSAEINVAL);
            return SOCKET_ERROR;
        }
    int ready = select(count, read, write, except, wait);
    for (int i = 0; i < 3 && ready > 0; i++) {
        if (sets[i] && fault.kind == FAULT_LATE)
            sets[i]->fd_count = 0;
        if (sets[i] && fault.kind == FAULT_REORDER)
            calls_reverse(sets[i]);
    }
    return fault.kind == FAULT_LATE && ready > 0 ? 0 : ready;
}

int fault_event_select(const struct fault_here *here, SOCKET s, WSAEVENT event,
                       long which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAEventSelect(s, event, which);
    if (!failed && which)
        fault_watch(&(const struct fault_watch){
            .sock = s, .event = event, .which = which});
    else if (!failed)
        fault_forget(s);
    return failed;
}

int fault_enum_events(const struct fault_here *here, SOCKET s, WSAEVENT event,
                      WSANETWORKEVENTS *which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAEnumNetworkEvents(s, event, which);
    if (!failed)
        which->lNetworkEvents |= fault_told(s);
    return failed;
}

/* Late: it looked a moment before the event was set. */
DWORD fault_wait_events(const struct fault_here *here, DWORD count,
                        const WSAEVENT *events, BOOL all, DWORD wait_ms,
                        BOOL alertable)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_LATE)
        return WSA_WAIT_TIMEOUT;
    if (fault.kind == FAULT_FAIL)
        return WSA_WAIT_FAILED;
    return WSAWaitForMultipleEvents(count, events, all, wait_ms, alertable);
}

int fault_async_select(const struct fault_here *here, SOCKET s, HWND window,
                       u_int message, long which)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    int failed = WSAAsyncSelect(s, window, message, which);
    if (!failed)
        fault_watch(&(const struct fault_watch){
            .sock = s, .window = window, .message = message, .which = which});
    return failed;
}

/* Late: those posted meanwhile come first. A timer's message is made when it
 * is asked for and never posted: it just comes. */
BOOL fault_get_message(const struct fault_here *here, MSG *message, HWND window,
                       UINT first, UINT last)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL)
        return -1;
    BOOL got = GetMessageW(message, window, first, last);
    if (fault.kind != FAULT_LATE || got <= 0 || message->message < WM_USER ||
        !PostMessageW(message->hwnd, message->message, message->wParam,
                      message->lParam))
        return got;
    return GetMessageW(message, window, first, last);
}

static unsigned __stdcall calls_idle(void *arg)
{
    (void)arg;
    return 0;
}

/* Microsoft's library keeps the system's error in _doserrno beside errno.
 * `complete`: the thread ends without having run, as some of Wine's do at the
 * end of what it can do. */
uintptr_t fault_begin_thread(const struct fault_here *here, void *security,
                             unsigned stack, unsigned(__stdcall *run)(void *),
                             void *arg, unsigned flags, unsigned *id)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        _doserrno = fault.error;
        errno = EAGAIN;
        return 0;
    }
    if (fault.kind == FAULT_COMPLETE)
        run = calls_idle;
    uintptr_t thread = _beginthreadex(security, stack, run, arg, flags, id);
    fault_opened(FAULT_HANDLES, (void *)thread);
    return thread;
}

void fault_free(void *memory)
{
    fault_closed(FAULT_MEMORY, memory != NULL);
    free(memory);
}
