/* The seam: included by force before each source of iomodels-server-faults, it
 * sends the calls that can fail through wrappers that know where they stand
 * and can make them fail. The shipped server is built without it.
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

/* --- sockets: winsock.c ----------------------------------------------- */

SOCKET fault_accept(const struct fault_here *here, SOCKET s,
                    struct sockaddr *from, int *size);
SOCKET fault_socket(const struct fault_here *here, int family, int type,
                    int protocol);
SOCKET fault_wsa_socket(const struct fault_here *here, int family, int type,
                        int protocol, WSAPROTOCOL_INFOW *info, GROUP group,
                        DWORD flags);
int fault_closesocket(const struct fault_here *here, SOCKET s);
int fault_recv(const struct fault_here *here, SOCKET s, char *to, int size,
               int flags);
int fault_send(const struct fault_here *here, SOCKET s, const char *from,
               int size, int flags);
int fault_select(const struct fault_here *here, int count, fd_set *read,
                 fd_set *write, fd_set *except, struct timeval *wait);
int fault_bind(const struct fault_here *here, SOCKET s,
               const struct sockaddr *at, int size);
int fault_listen(const struct fault_here *here, SOCKET s, int backlog);
int fault_connect(const struct fault_here *here, SOCKET s,
                  const struct sockaddr *to, int size);
int fault_getsockname(const struct fault_here *here, SOCKET s,
                      struct sockaddr *at, int *size);
int fault_getpeername(const struct fault_here *here, SOCKET s,
                      struct sockaddr *at, int *size);
int fault_getsockopt(const struct fault_here *here, SOCKET s, int level,
                     int name, char *value, int *size);
int fault_setsockopt(const struct fault_here *here, SOCKET s, int level,
                     int name, const char *value, int size);
int fault_ioctlsocket(const struct fault_here *here, SOCKET s, long command,
                      u_long *value);
int fault_wsa_poll(const struct fault_here *here, WSAPOLLFD *fds, ULONG count,
                   int wait_ms);

/* --- what completes: overlapped.c ------------------------------------- */

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
BOOL fault_post_queued(const struct fault_here *here, HANDLE port, DWORD bytes,
                       ULONG_PTR key, OVERLAPPED *io);
BOOL fault_set_modes(const struct fault_here *here, HANDLE file, UCHAR modes);
BOOL fault_cancel_io(const struct fault_here *here, HANDLE file,
                     OVERLAPPED *io);
DWORD fault_queue_apc(const struct fault_here *here, PAPCFUNC run,
                      HANDLE thread, ULONG_PTR arg);
/* Remembers the place for the call through a pointer that follows. */
SOCKET fault_at(const struct fault_here *here, SOCKET s);

/* --- events, waits and windows: events.c ------------------------------ */

WSAEVENT fault_wsa_create_event(const struct fault_here *here);
BOOL fault_wsa_close_event(const struct fault_here *here, WSAEVENT event);
BOOL fault_wsa_set_event(const struct fault_here *here, WSAEVENT event);
int fault_wsa_event_select(const struct fault_here *here, SOCKET s,
                           WSAEVENT event, long which);
int fault_wsa_enum_events(const struct fault_here *here, SOCKET s,
                          WSAEVENT event, WSANETWORKEVENTS *which);
DWORD fault_wsa_wait(const struct fault_here *here, DWORD count,
                     const WSAEVENT *events, BOOL all, DWORD wait_ms,
                     BOOL alertable);
HANDLE fault_create_event(const struct fault_here *here,
                          SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set,
                          const wchar_t *name);
BOOL fault_set_event(const struct fault_here *here, HANDLE event);
BOOL fault_close_handle(const struct fault_here *here, HANDLE handle);
DWORD fault_wait_one(const struct fault_here *here, HANDLE handle,
                     DWORD wait_ms);
DWORD fault_wait_many(const struct fault_here *here, DWORD count,
                      const HANDLE *handles, BOOL all, DWORD wait_ms);
HANDLE fault_create_timer(const struct fault_here *here,
                          SECURITY_ATTRIBUTES *security, const wchar_t *name,
                          DWORD flags, DWORD access);
BOOL fault_set_timer(const struct fault_here *here, HANDLE timer,
                     const LARGE_INTEGER *due, LONG period,
                     PTIMERAPCROUTINE done, void *arg, BOOL resume);
int fault_wsa_async_select(const struct fault_here *here, SOCKET s, HWND window,
                           u_int message, long which);
BOOL fault_get_message(const struct fault_here *here, MSG *message, HWND window,
                       UINT first, UINT last);
BOOL fault_post_message(const struct fault_here *here, HWND window,
                        UINT message, WPARAM w, LPARAM l);
ATOM fault_register_class(const struct fault_here *here,
                          const WNDCLASSEXW *class);
BOOL fault_unregister_class(const struct fault_here *here, const wchar_t *name,
                            HINSTANCE instance);
HWND fault_create_window(const struct fault_here *here, DWORD style_ex,
                         const wchar_t *class, const wchar_t *name, DWORD style,
                         int x, int y, int width, int height, HWND parent,
                         HMENU menu, HINSTANCE instance, void *arg);
BOOL fault_destroy_window(const struct fault_here *here, HWND window);
UINT_PTR fault_window_timer(const struct fault_here *here, HWND window,
                            UINT_PTR id, UINT ms, TIMERPROC run);

/* --- memory and threads: memory.c ------------------------------------- */

void *fault_malloc(const struct fault_here *here, size_t size);
void *fault_calloc(const struct fault_here *here, size_t count, size_t size);
void fault_free(void *memory);
void *fault_virtual_alloc(const struct fault_here *here, void *at, SIZE_T size,
                          DWORD type, DWORD access);
BOOL fault_virtual_protect(const struct fault_here *here, void *at, SIZE_T size,
                           DWORD access, DWORD *before);
BOOL fault_virtual_free(const struct fault_here *here, void *at, SIZE_T size,
                        DWORD type);
uintptr_t fault_begin_thread(const struct fault_here *here, void *security,
                             unsigned stack, unsigned(__stdcall *run)(void *),
                             void *arg, unsigned flags, unsigned *id);

/* --- what the sources get instead; the wrappers make the real calls ---- */

#ifndef FAULT_WRAPPERS
#define FAULT_HERE(call) (&(const struct fault_here){__FILE__, call, __LINE__})

#define accept(s, from, size) fault_accept(FAULT_HERE("accept"), s, from, size)
#define socket(family, type, protocol)                                         \
    fault_socket(FAULT_HERE("socket"), family, type, protocol)
#define WSASocketW(family, type, protocol, info, group, flags)                 \
    fault_wsa_socket(FAULT_HERE("WSASocketW"), family, type, protocol, info,   \
                     group, flags)
#define closesocket(s) fault_closesocket(FAULT_HERE("closesocket"), s)
#define recv(s, to, size, flags)                                               \
    fault_recv(FAULT_HERE("recv"), s, to, size, flags)
#define send(s, from, size, flags)                                             \
    fault_send(FAULT_HERE("send"), s, from, size, flags)
#define select(count, read, write, except, wait)                               \
    fault_select(FAULT_HERE("select"), count, read, write, except, wait)
#define bind(s, at, size)    fault_bind(FAULT_HERE("bind"), s, at, size)
#define listen(s, backlog)   fault_listen(FAULT_HERE("listen"), s, backlog)
#define connect(s, to, size) fault_connect(FAULT_HERE("connect"), s, to, size)
#define getsockname(s, at, size)                                               \
    fault_getsockname(FAULT_HERE("getsockname"), s, at, size)
#define getpeername(s, at, size)                                               \
    fault_getpeername(FAULT_HERE("getpeername"), s, at, size)
#define getsockopt(s, level, name, value, size)                                \
    fault_getsockopt(FAULT_HERE("getsockopt"), s, level, name, value, size)
#define setsockopt(s, level, name, value, size)                                \
    fault_setsockopt(FAULT_HERE("setsockopt"), s, level, name, value, size)
#define ioctlsocket(s, command, value)                                         \
    fault_ioctlsocket(FAULT_HERE("ioctlsocket"), s, command, value)
#define WSAPoll(fds, count, wait_ms)                                           \
    fault_wsa_poll(FAULT_HERE("WSAPoll"), fds, count, wait_ms)
#define WSARecv(s, buffers, count, bytes, flags, io, done)                     \
    fault_wsa_recv(FAULT_HERE("WSARecv"), s, buffers, count, bytes, flags, io, \
                   done)
#define WSASend(s, buffers, count, bytes, flags, io, done)                     \
    fault_wsa_send(FAULT_HERE("WSASend"), s, buffers, count, bytes, flags, io, \
                   done)
#define WSAIoctl(s, code, in, in_size, out, out_size, bytes, io, done)         \
    fault_wsa_ioctl(FAULT_HERE("WSAIoctl"), s, code, in, in_size, out,         \
                    out_size, bytes, io, done)
#define WSAGetOverlappedResult(s, io, bytes, wait, flags)                      \
    fault_wsa_result(FAULT_HERE("WSAGetOverlappedResult"), s, io, bytes, wait, \
                     flags)
#define CreateIoCompletionPort(file, port, key, threads)                       \
    fault_create_port(FAULT_HERE("CreateIoCompletionPort"), file, port, key,   \
                      threads)
#define GetQueuedCompletionStatus(port, bytes, key, io, wait_ms)               \
    fault_get_queued(FAULT_HERE("GetQueuedCompletionStatus"), port, bytes,     \
                     key, io, wait_ms)
#define PostQueuedCompletionStatus(port, bytes, key, io)                       \
    fault_post_queued(FAULT_HERE("PostQueuedCompletionStatus"), port, bytes,   \
                      key, io)
#define SetFileCompletionNotificationModes(file, modes)                        \
    fault_set_modes(FAULT_HERE("SetFileCompletionNotificationModes"), file,    \
                    modes)
#define CancelIoEx(file, io) fault_cancel_io(FAULT_HERE("CancelIoEx"), file, io)
#define QueueUserAPC(run, thread, arg)                                         \
    fault_queue_apc(FAULT_HERE("QueueUserAPC"), run, thread, arg)
/* The member that holds AcceptEx: WSAIoctl gave it ours. */
#define accept_ex(listener, s, to, data, local, remote, bytes, io)             \
    accept_ex(fault_at(FAULT_HERE("AcceptEx"), listener), s, to, data, local,  \
              remote, bytes, io)
#define WSACreateEvent() fault_wsa_create_event(FAULT_HERE("WSACreateEvent"))
#define WSACloseEvent(event)                                                   \
    fault_wsa_close_event(FAULT_HERE("WSACloseEvent"), event)
#define WSASetEvent(event) fault_wsa_set_event(FAULT_HERE("WSASetEvent"), event)
#define WSAEventSelect(s, event, which)                                        \
    fault_wsa_event_select(FAULT_HERE("WSAEventSelect"), s, event, which)
#define WSAEnumNetworkEvents(s, event, which)                                  \
    fault_wsa_enum_events(FAULT_HERE("WSAEnumNetworkEvents"), s, event, which)
#define WSAWaitForMultipleEvents(count, events, all, wait_ms, alertable)       \
    fault_wsa_wait(FAULT_HERE("WSAWaitForMultipleEvents"), count, events, all, \
                   wait_ms, alertable)
#define CreateEventW(security, manual, set, name)                              \
    fault_create_event(FAULT_HERE("CreateEventW"), security, manual, set, name)
#define SetEvent(event) fault_set_event(FAULT_HERE("SetEvent"), event)
#define CloseHandle(handle)                                                    \
    fault_close_handle(FAULT_HERE("CloseHandle"), handle)
#define WaitForSingleObject(handle, wait_ms)                                   \
    fault_wait_one(FAULT_HERE("WaitForSingleObject"), handle, wait_ms)
#define WaitForMultipleObjects(count, handles, all, wait_ms)                   \
    fault_wait_many(FAULT_HERE("WaitForMultipleObjects"), count, handles, all, \
                    wait_ms)
#define CreateWaitableTimerExW(security, name, flags, access)                  \
    fault_create_timer(FAULT_HERE("CreateWaitableTimerExW"), security, name,   \
                       flags, access)
#define SetWaitableTimer(timer, due, period, done, arg, resume)                \
    fault_set_timer(FAULT_HERE("SetWaitableTimer"), timer, due, period, done,  \
                    arg, resume)
#define WSAAsyncSelect(s, window, message, which)                              \
    fault_wsa_async_select(FAULT_HERE("WSAAsyncSelect"), s, window, message,   \
                           which)
#define GetMessageW(message, window, first, last)                              \
    fault_get_message(FAULT_HERE("GetMessageW"), message, window, first, last)
#define PostMessageW(window, message, w, l)                                    \
    fault_post_message(FAULT_HERE("PostMessageW"), window, message, w, l)
#define RegisterClassExW(class)                                                \
    fault_register_class(FAULT_HERE("RegisterClassExW"), class)
#define UnregisterClassW(name, instance)                                       \
    fault_unregister_class(FAULT_HERE("UnregisterClassW"), name, instance)
#define CreateWindowExW(style_ex, class, name, style, x, y, width, height,     \
                        parent, menu, instance, arg)                           \
    fault_create_window(FAULT_HERE("CreateWindowExW"), style_ex, class, name,  \
                        style, x, y, width, height, parent, menu, instance,    \
                        arg)
#define DestroyWindow(window)                                                  \
    fault_destroy_window(FAULT_HERE("DestroyWindow"), window)
#define SetTimer(window, id, ms, run)                                          \
    fault_window_timer(FAULT_HERE("SetTimer"), window, id, ms, run)
#define malloc(size)        fault_malloc(FAULT_HERE("malloc"), size)
#define calloc(count, size) fault_calloc(FAULT_HERE("calloc"), count, size)
#define free(memory)        fault_free(memory)
#define VirtualAlloc(at, size, type, access)                                   \
    fault_virtual_alloc(FAULT_HERE("VirtualAlloc"), at, size, type, access)
#define VirtualProtect(at, size, access, before)                               \
    fault_virtual_protect(FAULT_HERE("VirtualProtect"), at, size, access,      \
                          before)
#define VirtualFree(at, size, type)                                            \
    fault_virtual_free(FAULT_HERE("VirtualFree"), at, size, type)
#define _beginthreadex(security, stack, run, arg, flags, id)                   \
    fault_begin_thread(FAULT_HERE("_beginthreadex"), security, stack, run,     \
                       arg, flags, id)
#endif

#endif
