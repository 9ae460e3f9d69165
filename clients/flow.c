#include "clients/flow.h"

#include "common/pattern.h"

void flow_init(struct flow *f, uint64_t seed, uint32_t message,
               struct flow_stamp *stamps, uint16_t stamps_max)
{
    *f = (struct flow){.seed = seed,
                       .message = message,
                       .echo_end = message,
                       .send_end = message,
                       .stamps = stamps,
                       .stamp_every = 1,
                       .stamps_max = stamps_max};
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

static void flow_stamp(struct flow *f, uint64_t until, int64_t now)
{
    for (; f->stamp_next < until; f->stamp_next += f->message) {
        struct flow_stamp stamp = {f->stamp_number++, now};

        if (f->stamps_max == 0 || !flow_timed(f, stamp.number))
            continue;
        if (f->stamp_count == f->stamps_max)
            flow_thin(f);
        if (f->stamp_count < f->stamps_max && flow_timed(f, stamp.number))
            f->stamps[flow_stamp_at(f, f->stamp_count++)] = stamp;
    }
}

size_t flow_fill(struct flow *f, void *to, size_t size, int64_t now)
{
    uint64_t want = flow_want(f);
    size_t bytes = want < size ? (size_t)want : size;

    flow_stamp(f, f->given + bytes, now);
    pattern_fill(to, bytes, f->seed, f->given);
    return bytes;
}

/* Messages that end within (`*end` - message, `at`]; moves *end past `at`. */
static uint64_t flow_pass(const struct flow *f, uint64_t *end, uint64_t at)
{
    uint64_t messages;

    if (at < *end)
        return 0;
    /* Mostly it is just one: spare the division. */
    messages = at == *end ? 1 : 1 + (at - *end) / f->message;
    *end += messages * f->message;
    return messages;
}

uint64_t flow_sent(struct flow *f, size_t bytes)
{
    f->sent += bytes;
    return flow_pass(f, &f->send_end, f->sent);
}

bool flow_receive(struct flow *f, const void *data, size_t bytes,
                  uint64_t *messages, struct flow_wrong *wrong)
{
    const uint8_t *in = data;
    uint64_t owed = f->given - f->received;
    size_t right = bytes <= owed ? bytes : (size_t)owed;
    size_t matched = pattern_match(data, right, f->seed, f->received);

    f->received += matched;
    if (matched == bytes) {
        *messages = flow_pass(f, &f->echo_end, f->received);
        return true;
    }
    wrong->offset = f->received;
    wrong->received = in[matched];
    wrong->kind = matched < right ? "changed" : "surplus";
    wrong->expected = matched < right ? pattern_byte(f->seed, f->received) : -1;
    return false;
}

void flow_missing(const struct flow *f, struct flow_wrong *wrong)
{
    wrong->offset = f->received;
    wrong->expected = pattern_byte(f->seed, f->received);
    wrong->received = -1;
    wrong->kind = "missing";
}

bool flow_stamp_take(struct flow *f, struct flow_stamp *stamp)
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
