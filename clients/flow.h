/* What one connection sends and must get back, without system calls or
 * clocks: the stream is a run of equal messages, made from the pattern; every
 * byte that returns is compared with it. Offsets count bytes of the stream.
 *
 * Or a message is a request for a piece of a file (common/service.h), at a
 * place that follows from the seed, and what returns is that piece: two streams
 * of different length. */
#ifndef IOMODELS_FLOW_H
#define IOMODELS_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a message was sent, until its echo is complete. */
struct flow_stamp {
    uint64_t number; /* of the message, from 0 */
    int64_t sent_ns;
};

struct flow {
    uint64_t received;     /* echoed, and right */
    uint64_t limit;        /* end of the messages that were begun */
    uint64_t given;        /* handed to the system: limit at most */
    uint64_t sent;         /* taken by it: behind `given` in completion I/O */
    uint64_t seed;         /* pattern_seed */
    uint64_t echo_end;     /* of the message whose echo is awaited */
    uint64_t send_end;     /* of the message being sent */
    uint64_t stamp_next;   /* start of the first message not looked at */
    uint64_t stamp_number; /* of that message */
    uint64_t stamp_every;  /* messages whose number it divides are timed */
    struct flow_stamp *stamps; /* a ring, not owned */
    uint64_t file;             /* bytes of the file; 0: messages are echoed */
    uint32_t message;          /* bytes of each, as it returns */
    uint32_t request;          /* and as it is sent: the same of an echo */
    uint16_t stamps_max, stamp_first, stamp_count;
};

/* `file`: its bytes, at least `message`; 0: an echo. When more than stamps_max
 * messages are in flight, only every second, fourth ... is timed from there on,
 * however soon others come back. */
void flow_init(struct flow *f, uint64_t seed, uint32_t message, uint64_t file,
               struct flow_stamp *stamps, uint16_t stamps_max);

/* So many more messages may be sent. */
static inline void flow_begin(struct flow *f, uint64_t messages)
{
    f->limit += messages * f->request;
}

/* So many more bytes, which may be a part of a message. */
static inline void flow_extend(struct flow *f, uint64_t bytes)
{
    f->limit += bytes;
}

/* Messages of which no byte was sent or tried are not sent after all. */
void flow_hold(struct flow *f);

/* Bytes to be sent now. */
static inline uint64_t flow_want(const struct flow *f)
{
    return f->limit - f->given;
}

/* What returns for so much of what is sent. */
static inline uint64_t flow_answer(const struct flow *f, uint64_t sent)
{
    return f->file == 0 ? sent : sent / f->request * f->message;
}

/* Begun, and not yet back. */
static inline bool flow_owed(const struct flow *f)
{
    return f->received != flow_answer(f, f->limit);
}

/* Makes the next bytes, at most flow_want and `size`; stamps the messages that
 * start in them, once. Returns how many; nothing is given yet. */
size_t flow_fill(struct flow *f, void *to, size_t size, int64_t now);

/* The system was handed so many of them, or took so many. flow_sent returns
 * how many messages this completed. */
static inline void flow_give(struct flow *f, size_t bytes)
{
    f->given += bytes;
}

/* Messages of so many bytes that end within (`*end` - size, `at`]; moves *end
 * past `at`. */
static inline uint64_t flow_pass(uint32_t size, uint64_t *end, uint64_t at)
{
    uint64_t messages;

    if (at < *end)
        return 0;
    /* Mostly it is just one: spare the division. */
    messages = at == *end ? 1 : 1 + (at - *end) / size;
    *end += messages * size;
    return messages;
}

static inline uint64_t flow_sent(struct flow *f, size_t bytes)
{
    f->sent += bytes;
    return flow_pass(f->request, &f->send_end, f->sent);
}

/* The first byte that was not as it should be. */
struct flow_wrong {
    uint64_t offset;
    int expected, received; /* -1: none */
    const char *kind;       /* "changed", "surplus" or "missing" */
};

/* Compares what came. True, and *messages is how many echoes it completed; or
 * false and *wrong says what came instead. */
bool flow_receive(struct flow *f, const void *data, size_t bytes,
                  uint64_t *messages, struct flow_wrong *wrong);

/* The byte that should have come next, and did not. */
void flow_missing(const struct flow *f, struct flow_wrong *wrong);

/* The oldest timed message that is back now; false when there is none left. It
 * stands for f->stamp_every messages. */
static inline bool flow_stamp_take(struct flow *f, struct flow_stamp *stamp)
{
    if (f->stamp_count == 0)
        return false;
    *stamp = f->stamps[f->stamp_first];
    if ((stamp->number + 1) * f->message > f->received)
        return false;
    f->stamp_count--;
    if (++f->stamp_first == f->stamps_max)
        f->stamp_first = 0;
    return true;
}

#endif
