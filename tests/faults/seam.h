/* The seam: included by force before each source of iomodels-server-faults, it
 * sends the calls that can fail through macros that know where they stand and
 * can make them fail. The shipped server is built without it.
 *
 * check_seam.py finds a call of a model that is not here; sites.py reads the
 * names from the defines below. */
#ifndef IOMODELS_SEAM_H
#define IOMODELS_SEAM_H

#include <process.h>
#include <stdlib.h>
#include "model.h"

/* A line of a source: what FAULT_HERE makes of it. */
struct fault_here {
    const char *file, *call;
    int line;
};

/* Counts the call; true with the error set when this one is to fail. */
bool fault_fails(const struct fault_here *here);

/* --- what is open at the end --------------------------------------------- */

enum fault_thing {
    FAULT_SOCKETS,
    FAULT_HANDLES,
    FAULT_WINDOWS,
    FAULT_MEMORY,
    FAULT_THINGS
};

/* Counts the thing unless it is NULL, INVALID_SOCKET, FALSE; returns it. */
void *fault_opened(enum fault_thing thing, void *opened);
SOCKET fault_opened_socket(SOCKET opened);
BOOL fault_closed(enum fault_thing thing, BOOL closed);

/* --- calls that can do more than fail: calls.c, overlapped.c ------------- */

SOCKET fault_accept(const struct fault_here *here, SOCKET s,
                    struct sockaddr *from, int *size);
int fault_closesocket(const struct fault_here *here, SOCKET s);
int fault_recv(const struct fault_here *here, SOCKET s, char *to, int size,
               int flags);
int fault_send(const struct fault_here *here, SOCKET s, const char *from,
               int size, int flags);
int fault_select(const struct fault_here *here, int count, fd_set *read,
                 fd_set *write, fd_set *except, struct timeval *wait);
int fault_event_select(const struct fault_here *here, SOCKET s, WSAEVENT event,
                       long which);
int fault_enum_events(const struct fault_here *here, SOCKET s, WSAEVENT event,
                      WSANETWORKEVENTS *which);
DWORD fault_wait_events(const struct fault_here *here, DWORD count,
                        const WSAEVENT *events, BOOL all, DWORD wait_ms,
                        BOOL alertable);
int fault_async_select(const struct fault_here *here, SOCKET s, HWND window,
                       u_int message, long which);
BOOL fault_get_message(const struct fault_here *here, MSG *message, HWND window,
                       UINT first, UINT last);
uintptr_t fault_begin_thread(const struct fault_here *here, void *security,
                             unsigned stack, unsigned(__stdcall *run)(void *),
                             void *arg, unsigned flags, unsigned *id);
void fault_free(void *memory);

int fault_wsa_recv(const struct fault_here *here, SOCKET s, WSABUF *buffers,
                   DWORD count, DWORD *bytes, DWORD *flags, WSAOVERLAPPED *io,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int fault_wsa_send(const struct fault_here *here, SOCKET s, WSABUF *buffers,
                   DWORD count, DWORD *bytes, DWORD flags, WSAOVERLAPPED *io,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int fault_wsa_ioctl(const struct fault_here *here, SOCKET s, DWORD code,
                    void *in, DWORD in_size, void *out, DWORD out_size,
                    DWORD *bytes, WSAOVERLAPPED *io,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
BOOL fault_wsa_result(const struct fault_here *here, SOCKET s,
                      WSAOVERLAPPED *io, DWORD *bytes, BOOL wait, DWORD *flags);
HANDLE fault_create_port(const struct fault_here *here, HANDLE file,
                         HANDLE port, ULONG_PTR key, DWORD threads);
BOOL fault_get_queued(const struct fault_here *here, HANDLE port, DWORD *bytes,
                      ULONG_PTR *key, OVERLAPPED **io, DWORD wait_ms);
BOOL fault_get_batch(const struct fault_here *here, HANDLE port,
                     OVERLAPPED_ENTRY *entries, ULONG size, ULONG *count,
                     DWORD wait_ms, BOOL alertable);
BOOL fault_read_file(const struct fault_here *here, HANDLE file, void *to,
                     DWORD size, DWORD *bytes, OVERLAPPED *io);
BOOL fault_cancel_io(const struct fault_here *here, HANDLE file,
                     OVERLAPPED *io);
PTP_IO fault_create_pool_io(const struct fault_here *here, HANDLE file,
                            PTP_WIN32_IO_CALLBACK done, void *arg,
                            PTP_CALLBACK_ENVIRON environment);
/* NT calls give an NTSTATUS. fault_request_ends: whether the request is not
 * made; fault_status: what it gives then, from the error that was set. */
bool fault_request_ends(const struct fault_here *here, HANDLE file,
                        void *context);
LONG fault_status(void);
LONG fault_made(LONG status, const HANDLE *made);
BOOL PASCAL fault_accept_ex(SOCKET listener, SOCKET s, void *to, DWORD data,
                            DWORD local, DWORD remote, DWORD *bytes,
                            OVERLAPPED *io);
/* Instead of the system's registered I/O, a stand-in: rio.c. Its functions,
 * the place of the call of one that follows, and that a socket is closed. */
void fault_rio_table(void *table);
void fault_rio_at(const struct fault_here *here);
void fault_rio_forget(SOCKET s);
/* Remembers the place for the call through a pointer that follows. */
SOCKET fault_at(const struct fault_here *here, SOCKET s);

/* --- what the sources get instead ----------------------------------------
 *
 * FAULT_OR: the call, or its result of failure. FAULT_BY: another function.
 * A macro's own name within it is the real call. */

#ifndef FAULT_WRAPPERS
#define FAULT_HERE(call) (&(const struct fault_here){__FILE__, call, __LINE__})
#define FAULT_OR(call, failed, ...)                                            \
    (fault_fails(FAULT_HERE(#call)) ? (failed) : call(__VA_ARGS__))
#define FAULT_BY(call, function, ...) function(FAULT_HERE(#call), __VA_ARGS__)
#define FAULT_OPENS(thing, call, ...)                                          \
    fault_opened(thing, FAULT_OR(call, NULL, __VA_ARGS__))
#define FAULT_CLOSES(thing, call, ...)                                         \
    fault_closed(thing, FAULT_OR(call, FALSE, __VA_ARGS__))

/* clang-format off */
#define accept(...) FAULT_BY(accept, fault_accept, __VA_ARGS__)
#define socket(...)                                                            \
    fault_opened_socket(FAULT_OR(socket, INVALID_SOCKET, __VA_ARGS__))
#define WSASocketW(...)                                                        \
    fault_opened_socket(FAULT_OR(WSASocketW, INVALID_SOCKET, __VA_ARGS__))
#define closesocket(s) FAULT_BY(closesocket, fault_closesocket, s)
#define recv(...) FAULT_BY(recv, fault_recv, __VA_ARGS__)
#define send(...) FAULT_BY(send, fault_send, __VA_ARGS__)
#define select(...) FAULT_BY(select, fault_select, __VA_ARGS__)
#define bind(...) FAULT_OR(bind, SOCKET_ERROR, __VA_ARGS__)
#define listen(...) FAULT_OR(listen, SOCKET_ERROR, __VA_ARGS__)
#define connect(...) FAULT_OR(connect, SOCKET_ERROR, __VA_ARGS__)
#define getsockname(...) FAULT_OR(getsockname, SOCKET_ERROR, __VA_ARGS__)
#define getpeername(...) FAULT_OR(getpeername, SOCKET_ERROR, __VA_ARGS__)
#define getsockopt(...) FAULT_OR(getsockopt, SOCKET_ERROR, __VA_ARGS__)
#define setsockopt(...) FAULT_OR(setsockopt, SOCKET_ERROR, __VA_ARGS__)
#define ioctlsocket(...) FAULT_OR(ioctlsocket, SOCKET_ERROR, __VA_ARGS__)
#define WSAPoll(...) FAULT_OR(WSAPoll, SOCKET_ERROR, __VA_ARGS__)

#define WSARecv(...) FAULT_BY(WSARecv, fault_wsa_recv, __VA_ARGS__)
#define WSASend(...) FAULT_BY(WSASend, fault_wsa_send, __VA_ARGS__)
#define WSAIoctl(...) FAULT_BY(WSAIoctl, fault_wsa_ioctl, __VA_ARGS__)
#define WSAGetOverlappedResult(...)                                            \
    FAULT_BY(WSAGetOverlappedResult, fault_wsa_result, __VA_ARGS__)
#define CreateIoCompletionPort(...)                                            \
    FAULT_BY(CreateIoCompletionPort, fault_create_port, __VA_ARGS__)
#define GetQueuedCompletionStatus(...)                                         \
    FAULT_BY(GetQueuedCompletionStatus, fault_get_queued, __VA_ARGS__)
#define GetQueuedCompletionStatusEx(...)                                       \
    FAULT_BY(GetQueuedCompletionStatusEx, fault_get_batch, __VA_ARGS__)
#define PostQueuedCompletionStatus(...)                                        \
    FAULT_OR(PostQueuedCompletionStatus, FALSE, __VA_ARGS__)
#define SetFileCompletionNotificationModes(...)                                \
    FAULT_OR(SetFileCompletionNotificationModes, FALSE, __VA_ARGS__)
#define ReadFile(...) FAULT_BY(ReadFile, fault_read_file, __VA_ARGS__)
#define CancelIoEx(...) FAULT_BY(CancelIoEx, fault_cancel_io, __VA_ARGS__)
#define CreateThreadpool(reserved)                                             \
    FAULT_OPENS(FAULT_HANDLES, CreateThreadpool, reserved)
#define CloseThreadpool(pool)                                                  \
    (CloseThreadpool(pool), (void)fault_closed(FAULT_HANDLES, TRUE))
#define SetThreadpoolThreadMinimum(...)                                        \
    FAULT_OR(SetThreadpoolThreadMinimum, FALSE, __VA_ARGS__)
#define CreateThreadpoolIo(...)                                                \
    FAULT_BY(CreateThreadpoolIo, fault_create_pool_io, __VA_ARGS__)
#define CloseThreadpoolIo(pool_io)                                             \
    (CloseThreadpoolIo(pool_io), (void)fault_closed(FAULT_HANDLES, TRUE))
#define TrySubmitThreadpoolCallback(...)                                       \
    FAULT_OR(TrySubmitThreadpoolCallback, FALSE, __VA_ARGS__)
#define QueueUserAPC(...) FAULT_OR(QueueUserAPC, 0, __VA_ARGS__)
/* The members that hold extension functions: WSAIoctl gave them ours, or else
 * they have these. */
#define AcceptEx fault_accept_ex
#define accept_ex(listener, ...)                                               \
    accept_ex(fault_at(FAULT_HERE("AcceptEx"), listener), __VA_ARGS__)
#define disconnect_ex(s, ...)                                                  \
    disconnect_ex(fault_at(FAULT_HERE("DisconnectEx"), s), __VA_ARGS__)
#define transmit_file(s, ...)                                                  \
    transmit_file(fault_at(FAULT_HERE("TransmitFile"), s), __VA_ARGS__)
#define transmit_packets(s, ...)                                               \
    transmit_packets(fault_at(FAULT_HERE("TransmitPackets"), s), __VA_ARGS__)

/* The members of the table of registered I/O. */
#define FAULT_RIO(call, first, ...)                                            \
    call((fault_rio_at(FAULT_HERE(#call)), first), __VA_ARGS__)
#define RIOReceive(queue, ...) FAULT_RIO(RIOReceive, queue, __VA_ARGS__)
#define RIOSend(queue, ...) FAULT_RIO(RIOSend, queue, __VA_ARGS__)
#define RIOCreateCompletionQueue(size, ...)                                    \
    FAULT_RIO(RIOCreateCompletionQueue, size, __VA_ARGS__)
#define RIOCreateRequestQueue(s, ...)                                          \
    FAULT_RIO(RIOCreateRequestQueue, s, __VA_ARGS__)
#define RIODequeueCompletion(queue, ...)                                       \
    FAULT_RIO(RIODequeueCompletion, queue, __VA_ARGS__)
#define RIORegisterBuffer(buffer, ...)                                         \
    FAULT_RIO(RIORegisterBuffer, buffer, __VA_ARGS__)
#define RIONotify(queue)                                                       \
    RIONotify((fault_rio_at(FAULT_HERE("RIONotify")), queue))

/* The pointers that hold NtCreateFile and NtDeviceIoControlFile. */
#define nt_create_file(made, ...)                                              \
    (fault_fails(FAULT_HERE("NtCreateFile"))                                   \
         ? fault_status()                                                      \
         : fault_made(nt_create_file(made, __VA_ARGS__), made))
#define nt_device_io_control_file(file, event, routine, context, ...)          \
    (fault_request_ends(FAULT_HERE("NtDeviceIoControlFile"), file, context)    \
         ? fault_status()                                                      \
         : nt_device_io_control_file(file, event, routine, context,            \
                                     __VA_ARGS__))

#define WSACreateEvent() FAULT_OPENS(FAULT_HANDLES, WSACreateEvent, )
#define WSACloseEvent(event) FAULT_CLOSES(FAULT_HANDLES, WSACloseEvent, event)
#define WSASetEvent(event) FAULT_OR(WSASetEvent, FALSE, event)
#define WSAEventSelect(...)                                                    \
    FAULT_BY(WSAEventSelect, fault_event_select, __VA_ARGS__)
#define WSAEnumNetworkEvents(...)                                              \
    FAULT_BY(WSAEnumNetworkEvents, fault_enum_events, __VA_ARGS__)
#define WSAWaitForMultipleEvents(...)                                          \
    FAULT_BY(WSAWaitForMultipleEvents, fault_wait_events, __VA_ARGS__)
#define CreateEventW(...) FAULT_OPENS(FAULT_HANDLES, CreateEventW, __VA_ARGS__)
#define SetEvent(event) FAULT_OR(SetEvent, FALSE, event)
#define CloseHandle(handle) FAULT_CLOSES(FAULT_HANDLES, CloseHandle, handle)
#define WaitForSingleObject(...)                                               \
    FAULT_OR(WaitForSingleObject, WAIT_FAILED, __VA_ARGS__)
#define WaitForMultipleObjects(...)                                            \
    FAULT_OR(WaitForMultipleObjects, WAIT_FAILED, __VA_ARGS__)
#define CreateWaitableTimerExW(...)                                            \
    FAULT_OPENS(FAULT_HANDLES, CreateWaitableTimerExW, __VA_ARGS__)
#define SetWaitableTimer(...) FAULT_OR(SetWaitableTimer, FALSE, __VA_ARGS__)

#define WSAAsyncSelect(...)                                                    \
    FAULT_BY(WSAAsyncSelect, fault_async_select, __VA_ARGS__)
#define GetMessageW(...) FAULT_BY(GetMessageW, fault_get_message, __VA_ARGS__)
#define PostMessageW(...) FAULT_OR(PostMessageW, FALSE, __VA_ARGS__)
#define RegisterClassExW(class) FAULT_OR(RegisterClassExW, 0, class)
#define UnregisterClassW(...) FAULT_OR(UnregisterClassW, FALSE, __VA_ARGS__)
#define CreateWindowExW(...)                                                   \
    FAULT_OPENS(FAULT_WINDOWS, CreateWindowExW, __VA_ARGS__)
#define DestroyWindow(window) FAULT_CLOSES(FAULT_WINDOWS, DestroyWindow, window)
#define SetTimer(...) FAULT_OR(SetTimer, 0, __VA_ARGS__)

#define malloc(size) FAULT_OPENS(FAULT_MEMORY, malloc, size)
#define calloc(...) FAULT_OPENS(FAULT_MEMORY, calloc, __VA_ARGS__)
#define free(memory) fault_free(memory)
#define VirtualAlloc(...) FAULT_OR(VirtualAlloc, NULL, __VA_ARGS__)
#define VirtualProtect(...) FAULT_OR(VirtualProtect, FALSE, __VA_ARGS__)
#define VirtualFree(...) FAULT_OR(VirtualFree, FALSE, __VA_ARGS__)
#define _beginthreadex(...)                                                    \
    FAULT_BY(_beginthreadex, fault_begin_thread, __VA_ARGS__)
/* clang-format on */
#endif

#endif
