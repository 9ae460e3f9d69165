/* What connections do: the patterns of traffic, the kinds of hostile ones, and
 * which connection does which. */
#ifndef IOMODELS_TRAFFIC_H
#define IOMODELS_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct load_thread;

struct traffic {
    const char *name;
    /* Connections take turns among these patterns; ends with NULL. */
    const char *members[3];
    bool pipelined, thinks, rated; /* --pipeline, --think, --rate apply */
    bool scheduled; /* needs --rate: messages have an intended time */
    bool sparse;    /* needs --active: so many are of the first member, and the
                       others of the second */
    bool renews;    /* a connection that ended is followed by another */
    bool hostile;   /* renews; counts as connected once it reached the server */
    int64_t think_ns; /* without --think */
    uint16_t stamps; /* messages of a connection timed at once; or --pipeline */
    /* A connection's traffic begins; or NULL. It and the next two call
     * flow_begin; the engine sends those messages afterwards. */
    void (*start)(struct client *client, int64_t now);
    /* So many whole echoes came back; or NULL. */
    void (*echoed)(struct client *client, uint64_t messages, int64_t now);
    /* All that was begun has been taken by the system; or NULL. */
    void (*sent)(struct client *client);
    /* The time that it was queued for has come. Calls client_send itself. */
    void (*act)(struct client *client, int64_t now);
    /* When the part may act next, instead of a client's time; or NULL. */
    int64_t (*when)(struct load_thread *thread, int64_t now);
};

const struct traffic *traffic_find(const char *name,
                                   bool hostile); /* or NULL */
const char *const *traffic_names(bool hostile);   /* ends with NULL */

enum { MIX_PARTS = 8 };

/* Hostile connections are evenly spread among the others, and active
 * connections among the resting ones. */
struct mix {
    const struct traffic *part[MIX_PARTS]; /* the healthy ones first */
    uint32_t healthy, hostile;             /* how many of each; healthy >= 1 */
    double share;                          /* of the connections, hostile */
    uint64_t active, among; /* healthy ones; 0: all parts are as large */
};

/* `hostile` is "SHARE[:KIND,...]", all kinds by default; or NULL: none. The
 * pattern is a known one. False after one line about a bad `hostile`. */
bool mix_make(struct mix *mix, const char *pattern, const char *hostile);

/* So many of so many connections are of the first part (all that are healthy,
 * if these are fewer), and the other healthy ones of the second. */
void mix_sparse(struct mix *mix, uint64_t active, uint64_t connections);

/* The part that a connection belongs to, and its number within the part. */
uint32_t mix_part(const struct mix *mix, uint64_t connection,
                  uint32_t *ordinal);

/* Hostile connections among so many. */
uint64_t mix_hostile(const struct mix *mix, uint64_t connections);

#endif
