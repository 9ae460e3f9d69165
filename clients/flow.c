#include "clients/flow.h"

#include <string.h>

#include "common/pattern.h"
#include "common/service.h"

void flow_init(struct flow *f, uint64_t seed, uint32_t message, uint64_t file,
               struct flow_stamp *stamps, uint16_t stamps_max)
{
    *f = (struct flow){.seed = seed,
                       .file = file,
                       .message = message,
                       .request = file == 0 ? message : SERVICE_REQUEST,
                       .echo_end = message,
                       .stamps = stamps,
                       .stamp_every = 1,
                       .stamps_max = stamps_max};
    f->send_end = f->request;
}

void flow_hold(struct flow *f)
{
    if (f->limit > f->stamp_next)
        f->limit = f->stamp_next;
}

static uint32_t flow_stamp_at(const struct flow *f, uint32_t i)
{
    uint32_t at = (uint32_t)f->stamp_first + i;

    return at < f->stamps_max ? at : at - f->stamps_max;
}

static bool flow_timed(const struct flow *f, uint64_t number)
{
    return (number & (f->stamp_every - 1)) == 0;
}

/* Only every second stamp in the ring stays. */
static void flow_thin(struct flow *f)
{
    uint16_t kept = 0;

    f->stamp_every *= 2;
    for (uint32_t i = 0; i < f->stamp_count; i++) {
        struct flow_stamp stamp = f->stamps[flow_stamp_at(f, i)];

        if (flow_timed(f, stamp.number))
            f->stamps[flow_stamp_at(f, kept++)] = stamp;
    }
    f->stamp_count = kept;
}

/* The next message starts. */
static void flow_stamp(struct flow *f, int64_t now)
{
    const struct flow_stamp stamp = {f->stamp_number++, now};

    f->stamp_next += f->request;
    if (f->stamps_max == 0 || !flow_timed(f, stamp.number))
        return;
    if (f->stamp_count == f->stamps_max)
        flow_thin(f);
    if (f->stamp_count < f->stamps_max && flow_timed(f, stamp.number))
        f->stamps[flow_stamp_at(f, f->stamp_count++)] = stamp;
}

/* Where in the file a message's piece begins. */
static uint64_t flow_place(const struct flow *f, uint64_t number)
{
    uint64_t draw;

    pattern_fill(&draw, sizeof draw, f->seed, number * sizeof draw);
    return draw % (f->file - f->message + 1);
}

static void flow_fill_requests(const struct flow *f, uint8_t *to, size_t bytes)
{
    uint64_t at = f->given, end = at + bytes;

    while (at < end) {
        uint8_t request[SERVICE_REQUEST];
        size_t from = (size_t)(at % SERVICE_REQUEST);
        size_t part = SERVICE_REQUEST - from;

        if (part > end - at)
            part = (size_t)(end - at);
        service_write(
            request, (struct service_piece){flow_place(f, at / SERVICE_REQUEST),
                                            f->message});
        memcpy(to, request + from, part);
        to += part;
        at += part;
    }
}

/* Where in which pattern the stream that returns goes on at an offset, and for
 * how many bytes. */
struct flow_source {
    uint64_t seed, offset, bytes;
};

static struct flow_source flow_source(const struct flow *f, uint64_t at)
{
    uint64_t within;

    if (f->file == 0)
        return (struct flow_source){f->seed, at, UINT64_MAX};
    within = at % f->message;
    return (struct flow_source){SERVICE_FILE_SEED,
                                flow_place(f, at / f->message) + within,
                                f->message - within};
}

/* How many of these bytes are right. */
static size_t flow_match(const struct flow *f, const uint8_t *in, size_t bytes)
{
    size_t matched = 0, part, right;

    if (f->file == 0)
        return pattern_match(in, bytes, f->seed, f->received);
    do {
        struct flow_source source = flow_source(f, f->received + matched);

        part = bytes - matched;
        if (part > source.bytes)
            part = (size_t)source.bytes;
        right = pattern_match(in + matched, part, source.seed, source.offset);
        matched += right;
    } while (right == part && matched < bytes);
    return matched;
}

static uint8_t flow_due(const struct flow *f)
{
    struct flow_source source = flow_source(f, f->received);

    return pattern_byte(source.seed, source.offset);
}

size_t flow_fill(struct flow *f, void *to, size_t size, int64_t now)
{
    uint64_t want = flow_want(f);
    size_t bytes = want < size ? (size_t)want : size;

    while (f->stamp_next < f->given + bytes)
        flow_stamp(f, now);
    if (f->file == 0)
        pattern_fill(to, bytes, f->seed, f->given);
    else
        flow_fill_requests(f, to, bytes);
    return bytes;
}

bool flow_receive(struct flow *f, const void *data, size_t bytes,
                  uint64_t *messages, struct flow_wrong *wrong)
{
    const uint8_t *in = data;
    uint64_t owed = flow_answer(f, f->given) - f->received;
    size_t right = bytes <= owed ? bytes : (size_t)owed;
    size_t matched = flow_match(f, in, right);

    f->received += matched;
    if (matched == bytes) {
        *messages = flow_pass(f->message, &f->echo_end, f->received);
        return true;
    }
    wrong->offset = f->received;
    wrong->received = in[matched];
    wrong->kind = matched < right ? "changed" : "surplus";
    wrong->expected = matched < right ? flow_due(f) : -1;
    return false;
}

void flow_missing(const struct flow *f, struct flow_wrong *wrong)
{
    wrong->offset = f->received;
    wrong->expected = flow_due(f);
    wrong->received = -1;
    wrong->kind = "missing";
}
