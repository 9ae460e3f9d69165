/* A pattern of traffic: when a connection begins its next message. One file a
 * pattern; the list is in traffic.c. */
#ifndef IOMODELS_TRAFFIC_H
#define IOMODELS_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct load_thread;
struct option_values;
struct part;

struct traffic {
    const char *name, *summary;
    const struct traffic *const *members; /* ends with NULL: takes turns among
                                             them and has no calls of its own */
    bool pipelined;                       /* --pipeline applies */
    bool thinks;                          /* --think applies */
    bool rated;                           /* --rate applies */
    bool scheduled;                       /* messages have an intended time:
                                             thread_intended. Needs --rate */
    bool renews;  /* a connection that ended is followed by another */
    bool hostile; /* connected is who reached the server; owed nothing */
    /* How many messages of a connection can be timed at once. */
    uint16_t (*stamps)(const struct option_values *options);
    /* A connection's traffic begins. It and the next two call flow_begin as
     * they see fit; what was begun is sent afterwards. */
    void (*start)(struct load_thread *thread, struct client *client,
                  int64_t now);
    /* So many whole echoes came back; or NULL. */
    void (*echoed)(struct load_thread *thread, struct client *client,
                   uint64_t messages, int64_t now);
    /* All that was begun has been taken by the system; or NULL. */
    void (*sent)(struct load_thread *thread, struct client *client);
    /* Does what is due by the clock, calling thread_send itself. Returns when
     * the next is: INT64_MAX for never. NULL: nothing is ever due. */
    int64_t (*due)(struct load_thread *thread, struct part *part, int64_t now);
};

const struct traffic *traffic_find(const char *name); /* or NULL */
const char *const *traffic_names(void);               /* ends with NULL */

/* The kinds of hostile connections. */
const struct traffic *hostile_find(const char *name); /* or NULL */
const char *const *hostile_names(void);               /* ends with NULL */

extern const struct traffic traffic_churn;
extern const struct traffic traffic_echo;
extern const struct traffic traffic_idle;
extern const struct traffic traffic_paced;
extern const struct traffic traffic_stream;

#endif
