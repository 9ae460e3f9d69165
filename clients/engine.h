/* What does a load thread's I/O: epoll or a completion port, one file each.
 * Everything here is called by the load thread's own thread but engine_wake. An
 * engine answers through load_thread.h; it may do so from within these calls.
 */
#ifndef IOMODELS_ENGINE_H
#define IOMODELS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/endpoint.h"

struct client;
struct engine;
struct load_thread;

extern const char engine_name[]; /* "epoll", "iocp" */

/* Once a process: readies the network, and makes room for so many open
 * connections. False after one line that says what to do. */
bool engine_prepare(uint64_t connections);

/* NULL: error_last() says why. Closing needs every client dropped; I/O that
 * was under way has ended when it returns. */
struct engine *engine_open(struct load_thread *thread);
void engine_close(struct engine *engine);

/* Starts an attempt and returns 0, to be followed by thread_connected or
 * thread_failed; or returns the system's error, and it is over. */
uint32_t engine_connect(struct client *client, const struct endpoint *from,
                        const struct endpoint *to);

/* The flow has something to send: sends what goes now, and the rest later. */
void engine_send(struct client *client);

/* Receives nothing more by itself, only by engine_take: once, at most `bytes`
 * of what is there. That the peer is gone may go unseen meanwhile. */
void engine_pause(struct client *client);
void engine_take(struct client *client, size_t bytes);

/* No more will be sent: FIN. */
void engine_finish(struct client *client);

/* Closes; `abort` by RST. Nothing more is said about this client, though its
 * last I/O may still count through thread_sent. */
void engine_drop(struct client *client, bool abort);

/* Handles what happened, or waits for it for at most ns; `precise` when it
 * must not sleep longer than that by a timer's tick. */
void engine_wait(struct engine *engine, int64_t ns, bool precise);
void engine_wake(struct engine *engine);

#endif
