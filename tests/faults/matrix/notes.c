#include "notes.h"

#include <stddef.h>
#include <string.h>

static const struct note notes_all[] = {
    /* Reached only after another failure. */
    {"nonblocking_timer.CreateWaitableTimerExW.2", 0,
     "nonblocking_timer.CreateWaitableTimerExW:1:ERROR_INVALID_PARAMETER", NULL,
     NULL, "on a Windows without high-resolution timers"},
    {"accept_wait.WaitForSingleObject", 0,
     "blocking_accept_all.accept:2:WSAENOBUFS", NULL, "blocking",
     "after accept() failed"},
    {"wine_reserve_spend.closesocket", 0,
     "blocking_accept_all.accept:2:WSAEMFILE", NULL, "blocking",
     "after accept() found no descriptor"},
    {"iocp_accept_drop.closesocket", 0,
     "iocp_accept_post.AcceptEx:2:WSAENOBUFS", NULL, NULL,
     "after AcceptEx failed"},
    {"iocp_next.WSAGetOverlappedResult", 0,
     "iocp_serve.WSARecv:5:WSAECONNRESET:complete", NULL, NULL,
     "after an operation that completed with an error"},
    {"wine_thread_begins.WaitForSingleObject", NOTE_QUIET,
     "thread_start_with._beginthreadex:5:0:complete", NULL, "blocking",
     "of a thread that ended before it ran, as Wine's do at their limit"},
    {"thread_start_with.CloseHandle", NOTE_QUIET,
     "thread_start_with._beginthreadex:5:0:complete", NULL, "blocking",
     "after a thread that ended before it ran, as Wine's do at their limit"},
    {"thread_join.WaitForSingleObject.2", 0,
     "thread_join.WaitForSingleObject:1:ERROR_INVALID_HANDLE", NULL, NULL,
     "after a wait that failed"},
    {"region_close.VirtualFree", NOTE_QUIET,
     "region_open.VirtualAlloc:2:ERROR_NOT_ENOUGH_MEMORY", NULL, NULL,
     "after a reservation that failed"},
    {"listener_make.closesocket", NOTE_QUIET, "listener_make.bind:1:WSAENOBUFS",
     NULL, NULL, "after a listener that could not be bound"},
    {"stop_socket.closesocket", NOTE_QUIET, "stop_socket.bind:1:WSAENOBUFS",
     NULL, NULL, "after a wake-up connection's socket that could not be bound"},
    {"stop_wake_once.closesocket", NOTE_QUIET,
     "stop_wake_once.getsockname:1:WSAENOBUFS", NULL, NULL,
     "after a wake-up connection that does not know its own port"},

    /* Reached with other arguments. */
    {"socket_connected_ms.getsockopt", 0, NULL,
     "--tune accept_bytes=64 --tune accept_timeout_ms=1000", "iocp",
     "with room for data in AcceptEx"},
    {"region_shut.VirtualProtect", NOTE_QUIET, NULL, "--guard", NULL,
     "with --guard; a buffer that cannot be shut stays open"},
    {"listener_prepare.setsockopt.2", 0, NULL, "--listen [::1]:0", NULL,
     "for IPv6"},
    {"nonblocking_back_off.*", 0, NULL, "--tune yields=0", NULL,
     "when there is nothing to do"},

    /* Nothing to count them by, and nothing lost. */
    {"nonblocking_timer.CreateWaitableTimerExW", NOTE_QUIET, NULL, NULL, NULL,
     "the other timer takes its place"},
    {"listener_read_back.closesocket", NOTE_QUIET,
     "listener_set.setsockopt:5:WSAENOBUFS", NULL, NULL,
     "after options that could not be set to be read back"},
    {"listener_read*", NOTE_QUIET, NULL, NULL, NULL,
     "what cannot be read back is null in `listening`, with the reason"},
    {"listener_make.*", NOTE_QUIET, NULL, NULL, NULL,
     "the second one is only for reading the options back"},
    {"listener_prepare.*", NOTE_QUIET, NULL, NULL, NULL,
     "the second one is only for reading the options back"},
    {"listener_local.*", NOTE_QUIET, NULL, NULL, NULL,
     "the second one is only for reading the options back"},
    {"wine_reserve_hold.WSASocketW", NOTE_QUIET, NULL, NULL, "blocking",
     "under Wine alone; held again before the next connection"},
    {"stop_is_wake_up.setsockopt", NOTE_QUIET,
     "stop_is_wake_up.getpeername:1:WSAENOTCONN", NULL, "iocp",
     "a wake-up connection that is not known for one is refused as any other"},
    {"stop_is_wake_up.getpeername.2", NOTE_QUIET,
     "stop_is_wake_up.getpeername:1:WSAENOTCONN", NULL, "iocp",
     "a wake-up connection that is not known for one is refused as any other"},
    {"stop_is_wake_up.*", NOTE_QUIET, NULL, NULL, "iocp",
     "a wake-up connection that is not known for one is refused as any other"},
    {"stop_*", NOTE_QUIET, NULL, NULL, "blocking",
     "the harness's own wake-up connection: made again until run() returns"},

    {NULL, 0, NULL, NULL, NULL, NULL},
};

/* Those that no connection hangs on: they are made again, or waited out. */
static const char *const notes_free[] = {"accept",
                                         "select",
                                         "AcceptEx",
                                         "WSASocketW",
                                         "GetQueuedCompletionStatus",
                                         "PostQueuedCompletionStatus",
                                         "WSAWaitForMultipleEvents",
                                         "SetEvent",
                                         "WSASetEvent",
                                         "WaitForSingleObject",
                                         "WaitForMultipleObjects",
                                         "SetWaitableTimer",
                                         "CreateWaitableTimerExW",
                                         "GetMessageW",
                                         "PostMessageW",
                                         "SetTimer",
                                         "CancelIoEx",
                                         "WSAPoll",
                                         "connect",
                                         "bind",
                                         "listen",
                                         "socket",
                                         "getsockname",
                                         "getpeername",
                                         "getsockopt",
                                         NULL};

static const char *const notes_closers[] = {"closesocket",
                                            "CloseHandle",
                                            "WSACloseEvent",
                                            "DestroyWindow",
                                            "VirtualFree",
                                            "UnregisterClassW",
                                            NULL};

static bool notes_match(const char *pattern, const char *site)
{
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*')
        return strncmp(pattern, site, length - 1) == 0;
    return strcmp(pattern, site) == 0;
}

const struct note *note_find(const char *site)
{
    const struct note *note = notes_all;
    while (note->site && !notes_match(note->site, site))
        note++;
    return note;
}

static bool notes_has(const char *const *names, const char *call)
{
    while (*names && strcmp(*names, call) != 0)
        names++;
    return *names != NULL;
}

unsigned note_costs(const char *call)
{
    return notes_has(notes_free, call) ? 0 : 1;
}

bool note_closes(const char *call)
{
    return notes_has(notes_closers, call);
}
