/* Byte streams cut at random places, all of it from one seed: the server's
 * options, how many connections there are and when they come, how much each
 * sends in what pieces, how it reads, when it rests and how it ends. */
#ifndef CONFORMANCE_STREAMS_H
#define CONFORMANCE_STREAMS_H

#include <stdbool.h>
#include <stdint.h>
#include "common/number.h"
#include "model_options.h"

enum {
    STREAMS_MAX = 200,
    STREAMS_PIECE = 1 << 20, /* bytes of the largest piece, sent or read */
    STREAMS_OPTIONS = 256
};

enum stream_end {
    STREAM_FIN,   /* FIN, then the rest of the echo and the server's FIN */
    STREAM_RESET, /* an RST once all was sent, the echo perhaps unread */
    STREAM_LEAVE  /* closes the socket there, whatever was not read */
};

struct stream_plan {
    uint64_t bytes;  /* all that it sends; 0: not one */
    uint32_t starts; /* round of the loop in which it connects */
    uint32_t rests;  /* one step in so many is left out; 0: none */
    uint32_t reads;  /* bits of the largest piece it reads */
    enum stream_end end;
};

struct streams_plan {
    struct random random; /* for what the streams draw as they go */
    char options[STREAMS_OPTIONS];
    bool ipv6, cut;    /* cut: some end otherwise than by FIN */
    int buffers;       /* the clients' socket buffers, bytes; 0: left alone */
    uint32_t pause_ms; /* how long a rest is; 0: one round of the loop */
    uint32_t count;
    struct stream_plan stream[STREAMS_MAX];
};

void streams_plan(struct streams_plan *p, uint64_t seed,
                  const struct model_options *k);

/* 1 .. 2^bits: as likely below 2 as below any other power of two. */
uint32_t streams_draw(struct random *r, uint32_t bits);

/* A case of cmocka for the seed in its initial state, a uint64_t. */
int streams_set_up(void **state);
void streams_case(void **state);

#endif
