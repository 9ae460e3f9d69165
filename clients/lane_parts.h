/* Between lane.c, what becomes of connections, and lane_loop.c, when. */
#ifndef IOMODELS_LANE_PARTS_H
#define IOMODELS_LANE_PARTS_H

#include "clients/lane.h"

static inline void lane_count(struct client *client, enum tally tally,
                              uint64_t n)
{
    sync_add(&client->part->counts.tally[tally], n);
}

static inline bool lane_healthy(const struct client *client)
{
    return !client->part->traffic->hostile;
}

/* Tells when every attempt has its outcome, and when nothing is open. */
void lane_settle(struct lane *lane);

/* An attempt has its outcome. All but `connected` are over with that. */
void lane_outcome(struct lane *lane, struct client *client,
                  enum outcome outcome);

/* An attempt that never became a TCP connection may be made again: nothing
 * was sent, so the sums stay whole. True: it will be, its outcome is open. */
bool lane_retry(struct lane *lane, struct client *client, enum outcome outcome);
void lane_renew(struct lane *lane, struct client *client, bool failed);

/* The outcome or the end, by how far it came; then the socket goes. */
void lane_over(struct lane *lane, struct client *client, enum outcome outcome,
               enum end end);

/* One waits for an echo, in vain so far. */
void lane_missed(struct lane *lane, const struct client *client, int64_t now);

/* Where an attempt comes from, and the outcome that its error makes. */
const struct endpoint *lane_source(const struct lane *lane,
                                   const struct client *client);
enum outcome lane_failure(const struct lane *lane, const struct client *client,
                          uint32_t error);

/* From here on the pattern says what happens. */
void lane_begin(struct lane *lane, struct client *client, int64_t now);

/* What was begun is awaited, then FIN. */
void lane_drain(struct lane *lane, struct client *client, int64_t now);

#endif
