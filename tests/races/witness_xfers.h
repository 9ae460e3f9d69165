/* The witness of models with several transfers: included by force instead of
 * witness.h. */
#ifndef IOMODELS_WITNESS_XFERS_H
#define IOMODELS_WITNESS_XFERS_H

#include "model.h"

int xfers_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
               DWORD *flags, WSAOVERLAPPED *io,
               LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
int xfers_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
               DWORD flags, WSAOVERLAPPED *io,
               LPWSAOVERLAPPED_COMPLETION_ROUTINE done);
BOOL xfers_cancel(HANDLE sock, OVERLAPPED *io);
void xfers_open(struct thread_stats *stats, const struct conn *c,
                struct xfer *x, uint32_t index);
enum conn_want xfers_advance(struct thread_stats *stats, const struct conn *c,
                             struct xfer *x, DWORD bytes);
enum conn_want xfers_fail(struct thread_stats *stats, struct conn *c,
                          struct xfer *x, DWORD error);
void xfers_close(struct thread_stats *stats, struct conn *c);
HANDLE witness_thread_start(LPTHREAD_START_ROUTINE run, void *arg,
                            uint32_t stack_kib);

#ifndef WITNESS_ITSELF
#define WSARecv      xfers_recv
#define WSASend      xfers_send
#define CancelIoEx   xfers_cancel
#define xfer_open    xfers_open
#define xfer_advance xfers_advance
#define xfer_fail    xfers_fail
#define conn_close   xfers_close
#define thread_start witness_thread_start
#endif

#endif
