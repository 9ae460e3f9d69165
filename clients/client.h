/* Between client.c, what becomes of connections, and load_thread.c, when. */
#ifndef IOMODELS_CLIENT_H
#define IOMODELS_CLIENT_H

#include "clients/load_thread.h"

static inline void client_count(struct client *client, enum counter counter,
                                uint64_t n)
{
    sync_add(&client->part->counts.counter[counter], n);
}

static inline bool client_healthy(const struct client *client)
{
    return !client->part->traffic->hostile;
}

/* Tells when every attempt has its outcome, and when nothing is open. */
void thread_settle(struct load_thread *thread);

/* An attempt has its outcome. All but `connected` are over with that. */
void client_outcome(struct load_thread *thread, struct client *client,
                    enum outcome outcome);

/* An attempt that never became a TCP connection may be made again: nothing
 * was sent, so the sums stay whole. True: it will be, its outcome is open. */
bool client_retry(struct load_thread *thread, struct client *client,
                  enum outcome outcome);
void client_renew(struct load_thread *thread, struct client *client,
                  bool failed);

/* The outcome or the end, by how far it came; then the socket goes. */
void client_over(struct load_thread *thread, struct client *client,
                 enum outcome outcome, enum end end);

/* One waits for an echo, in vain so far. */
void client_missed(struct load_thread *thread, const struct client *client,
                   int64_t now);

/* Where an attempt comes from, and the outcome that its error makes. */
const struct endpoint *client_source(const struct load_thread *thread,
                                     const struct client *client);
enum outcome client_failure(const struct load_thread *thread,
                            const struct client *client, uint32_t error);

/* From here on the pattern says what happens. */
void client_begin(struct load_thread *thread, struct client *client,
                  int64_t now);

/* What was begun is awaited, then FIN. */
void client_drain(struct load_thread *thread, struct client *client,
                  int64_t now);

#endif
