"""What must be known of single call sites, each with its reason."""

import collections

Note = collections.namedtuple(
    "Note", "site why quiet needs words model loses",
    # quiet: the error need not be counted; needs: the fault that must happen
    # before; words: more options of the server; model: the model to run, for a
    # site of the harness; loses: a kind that is no error and yet costs the
    # connection, whose client may miss bytes.
    defaults=(False, None, "", None, None))

NO_THREAD = "thread_start._beginthreadex:5:0:complete"
READ_BACK = "the second listener is only for reading the options back"
WAKE_UP = "a wake-up connection not recognized is refused as any other"

# A site's name, or with a final * how it begins; the first that fits counts.
NOTES = [
    # Reached only after another failure.
    Note("nonblocking_open.CreateWaitableTimerExW.2",
         "on a Windows without high-resolution timers",
         needs="nonblocking_open.CreateWaitableTimerExW:1:"
               "ERROR_INVALID_PARAMETER"),
    Note("accept_wait.WaitForSingleObject", "after accept() failed",
         needs="blocking_accept_all.accept:2:WSAENOBUFS", model="blocking"),
    Note("wine_reserve_spend.closesocket",
         "after accept() found no descriptor",
         needs="blocking_accept_all.accept:2:WSAEMFILE", model="blocking"),
    Note("iocp_drop_accept.closesocket", "after AcceptEx failed",
         needs="iocp_post_accept.AcceptEx:2:WSAENOBUFS"),
    Note("iocp_reuse_disconnect.DisconnectEx",
         "sockets are used again, which the test at the start does not allow "
         "under Wine", words="--tune test=off"),
    Note("iocp_reuse_disconnect.TransmitFile",
         "in the test at the start: sockets are closed then", quiet=True,
         words="--tune by=transmit"),
    Note("iocp_reuse_disconnect.TransmitPackets",
         "in the test at the start, where the system has it: sockets are "
         "closed then", quiet=True, words="--tune by=packets"),
    Note("iocp_reuse_close.closesocket",
         "after AcceptEx or a disconnect failed",
         needs="iocp_reuse_accept_post.AcceptEx:2:WSAENOBUFS"),
    Note("iocp_reuse_close_all.closesocket", "of spare sockets at the end",
         words="--tune test=off"),
    Note("iocp_zero_next.WSAGetOverlappedResult",
         "after an operation that completed with an error",
         needs="iocp_zero_serve.WSARecv:5:WSAECONNRESET:complete"),
    Note("iocp_ordered_next.WSAGetOverlappedResult",
         "after an operation that completed with an error",
         needs="iocp_ordered_post.WSARecv:5:WSAECONNRESET:complete"),
    Note("iocp_ordered_post.WSASend",
         "the rest of a send that was cut would leave behind later sends; "
         "of a stream's overlapped sends none is",
         loses="short"),
    Note("iocp_file_look_up.WSAIoctl", "the file is sent by reads then",
         quiet=True, words="--tune by=transmit"),
    Note("iocp_file_transmit.TransmitFile", "where it is asked for",
         words="--tune by=transmit"),
    Note("iocp_file_transmit.TransmitPackets",
         "where it is asked for, and the system has it",
         words="--tune by=packets"),
    Note("iocp_file_next.WSAGetOverlappedResult",
         "after an operation that completed with an error",
         needs="iocp_file_serve.WSARecv:5:WSAECONNRESET:complete"),
    Note("wine_thread_begins.WaitForSingleObject",
         "of a thread that ended before it ran, as Wine's do at their limit",
         quiet=True, needs=NO_THREAD, model="blocking"),
    Note("thread_start.CloseHandle",
         "after a thread that ended before it ran, as Wine's do at their limit",
         quiet=True, needs=NO_THREAD, model="blocking"),
    Note("threadpool_done.WSAGetOverlappedResult",
         "after an operation that completed with an error",
         needs="threadpool_serve.WSARecv:5:WSAECONNRESET:complete"),
    Note("thread_join.WaitForSingleObject.2", "after a wait that failed",
         needs="thread_join.WaitForSingleObject:1:ERROR_INVALID_HANDLE"),
    Note("region_close.VirtualFree", "after a reservation that failed",
         quiet=True, needs="region_open.VirtualAlloc:2:ERROR_NOT_ENOUGH_MEMORY"),
    Note("listener_make.closesocket",
         "after a listener that could not be bound",
         quiet=True, needs="listener_make.bind:1:WSAENOBUFS"),
    Note("async_select_open.DestroyWindow",
         "after a timer that could not be set",
         quiet=True,
         needs="async_select_open.SetTimer:2:ERROR_NO_MORE_USER_HANDLES"),
    Note("stop_socket.closesocket",
         "after a wake-up connection's socket that could not be bound",
         quiet=True, needs="stop_socket.bind:1:WSAENOBUFS"),
    Note("stop_wake_once.closesocket",
         "after a wake-up connection that does not know its own port",
         quiet=True, needs="stop_wake_once.getsockname:1:WSAENOBUFS"),

    # Reached with other options.
    Note("iocp_accept_age_ms.getsockopt", "with room for data in AcceptEx",
         words="--tune first_bytes=64 --tune timeout_ms=1000"),
    Note("iocp_accept_run.CreateIoCompletionPort.2",
         "where workers take the ends of accepts",
         words="--tune poster=worker"),
    Note("region_shut.VirtualProtect",
         "with --guard; a buffer that cannot be shut stays open",
         quiet=True, words="--guard"),
    Note("nonblocking_back_off.*", "when there is nothing to do",
         words="--tune yields=0"),

    # Nothing to count them by, and nothing lost.
    Note("rio_missing.closesocket", "before the server starts", quiet=True),
    Note("afd_poll_missing.CloseHandle", "before the server starts", quiet=True),
    Note("nonblocking_open.CreateWaitableTimerExW",
         "the other timer takes its place", quiet=True),
    Note("listener_read_back.closesocket",
         "after options that could not be set to be read back",
         quiet=True, needs="listener_set.setsockopt:7:WSAENOBUFS"),
    Note("listener_read*",
         "what cannot be read back is null in `listening`, with the reason",
         quiet=True),
    Note("listener_make.*", READ_BACK, quiet=True),
    Note("listener_local.*", READ_BACK, quiet=True),
    Note("sockets_are_files.getsockopt",
         "asked by models that go on with a result that is there at once",
         model="threadpool"),
    Note("wine_reserve_hold.WSASocketW",
         "under Wine alone; held again before the next connection",
         quiet=True, model="blocking"),
    Note("stop_is_wake_up.setsockopt", WAKE_UP, quiet=True, model="iocp",
         needs="stop_is_wake_up.getpeername:1:WSAENOTCONN"),
    Note("stop_is_wake_up.getpeername.2", WAKE_UP, quiet=True, model="iocp",
         needs="stop_is_wake_up.getpeername:1:WSAENOTCONN"),
    Note("stop_is_wake_up.*", WAKE_UP, quiet=True, model="iocp"),
    Note("stop_*",
         "the harness's own wake-up connection: made again until run() returns",
         quiet=True, model="blocking"),
]

# No connection depends on these: they are made again, or waited for.
COST_NOTHING = set("""
    accept select AcceptEx WSASocketW GetQueuedCompletionStatus
    GetQueuedCompletionStatusEx PostQueuedCompletionStatus
    RIODequeueCompletion RIONotify
    TrySubmitThreadpoolCallback WSAWaitForMultipleEvents SetEvent WSASetEvent
    WaitForSingleObject WaitForMultipleObjects SetWaitableTimer
    CreateWaitableTimerExW GetMessageW PostMessageW SetTimer CancelIoEx WSAPoll
    connect bind listen socket getsockname getpeername getsockopt""".split())

# A connection's options; its first eight calls are made at the start, before
# any connection, where listener_prepare() fails the same way.
OPTIONS_SITE, OPTIONS_AT_START = "listener_set.setsockopt", 8

# What these were to close stays open.
CLOSERS = {"closesocket", "CloseHandle", "WSACloseEvent", "DestroyWindow",
           "VirtualFree", "UnregisterClassW"}

# Answers that the call may give at any time: no errors.
NO_ERRORS = {"", "WSAEWOULDBLOCK", "ERROR_NOT_FOUND"}


def note_of(site):
    for note in NOTES:
        if note.site == site or (note.site.endswith("*")
                                 and site.startswith(note.site[:-1])):
            return note
    return Note(site, "")
