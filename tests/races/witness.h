/* The witness: included by force before a completion-based model's source in
 * iomodels-server-witness, it sees what the model does to its connections and
 * holds it to the lifetime argument at the head of that file. The first
 * sentence that does not hold ends the server with code 71 and its name. */
#ifndef IOMODELS_WITNESS_H
#define IOMODELS_WITNESS_H

#include "model.h"

int witness_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD *flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int witness_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int witness_receive(SOCKET s, char *to, int size, int flags);
BOOL witness_read(HANDLE file, void *to, DWORD size, DWORD *bytes,
                  OVERLAPPED *io);
BOOL witness_cancel(HANDLE sock, OVERLAPPED *io);
BOOL witness_dequeue(HANDLE port, DWORD *bytes, ULONG_PTR *key, OVERLAPPED **io,
                     DWORD wait_ms);
PTP_IO witness_create_pool_io(HANDLE file, PTP_WIN32_IO_CALLBACK done,
                              void *arg, PTP_CALLBACK_ENVIRON environment);
BOOL witness_result(SOCKET s, WSAOVERLAPPED *io, DWORD *bytes, BOOL wait,
                    DWORD *flags);
BOOL witness_post(HANDLE port, DWORD bytes, ULONG_PTR key, OVERLAPPED *io);
void witness_release(SRWLOCK *lock);
int witness_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out,
                  DWORD out_size, DWORD *bytes, WSAOVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int witness_closesocket(SOCKET s);
HANDLE witness_thread_start(LPTHREAD_START_ROUTINE run, void *arg,
                            uint32_t stack_kib);
struct conn *witness_open(struct thread_stats *stats, SOCKET accepted);
bool witness_borrow(struct thread_stats *stats, struct conn *c);
enum conn_want witness_advance(struct thread_stats *stats, struct conn *c,
                               DWORD bytes);
enum conn_want witness_file_advance(struct thread_stats *stats,
                                    struct file_conn *f, DWORD bytes);
void witness_file_was_read(struct file_conn *f, DWORD bytes);
enum conn_want witness_fail(struct thread_stats *stats, struct conn *c,
                            DWORD error);
void witness_close(struct thread_stats *stats, struct conn *c);
void witness_refuse(struct thread_stats *stats, struct conn *c, DWORD error);
void witness_socket_refuse(struct thread_stats *stats, SOCKET accepted,
                           DWORD error);

/* Of the witness itself: a thread begins or ends; an accept's socket was handed
 * on, or is closed. */
void witness_thread(bool begins);
void witness_gives(SOCKET s);
void witness_taken(const struct conn *c); /* its operation's end */

#ifndef WITNESS_ITSELF
#define WSARecv                    witness_recv
#define WSASend                    witness_send
#define recv                       witness_receive
#define ReadFile                   witness_read
#define CancelIoEx                 witness_cancel
#define GetQueuedCompletionStatus  witness_dequeue
#define CreateThreadpoolIo         witness_create_pool_io
#define WSAGetOverlappedResult     witness_result
#define PostQueuedCompletionStatus witness_post
#define ReleaseSRWLockExclusive    witness_release
#define WSAIoctl                   witness_ioctl
#define closesocket                witness_closesocket
#define thread_start               witness_thread_start
#define conn_open                  witness_open
#define conn_borrow                witness_borrow
#define conn_advance               witness_advance
#define file_advance               witness_file_advance
#define file_was_read              witness_file_was_read
#define conn_fail                  witness_fail
#define conn_close                 witness_close
#define conn_refuse                witness_refuse
#define socket_refuse              witness_socket_refuse
#endif

#endif
