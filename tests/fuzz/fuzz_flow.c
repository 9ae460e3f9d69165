/* A connection's stream: whatever order sends, parts and echoes come in, right
 * bytes are right, and the first wrong or surplus one is named. The input says
 * what happens next, two bytes a step. */
#include "fuzz.h"

#include <string.h>

#include "common/pattern.h"
#include "clients/flow.h"

enum { FUZZ_PIECE = 300, FUZZ_STAMPS = 5 };

struct fuzz_flow {
    struct flow flow;
    uint64_t begun, sent_messages, echoed_messages;
    int64_t now;
};

static void fuzz_send(struct fuzz_flow *f, size_t most)
{
    char to[FUZZ_PIECE];
    const uint64_t want = flow_want(&f->flow);
    const size_t bytes = flow_fill(&f->flow, to, most, f->now++);

    fuzz_require(bytes <= most && bytes <= want, "as many as wanted");
    fuzz_require(bytes == most || bytes == want, "all that fit");
    fuzz_require(pattern_match(to, bytes, f->flow.seed, f->flow.given) == bytes,
                 "the pattern matches itself");
    for (size_t i = 0; i < bytes; i++)
        fuzz_require((uint8_t)to[i] ==
                         pattern_byte(f->flow.seed, f->flow.given + i),
                     "a piece is made of its bytes");
    flow_give(&f->flow, bytes);
    f->sent_messages += flow_sent(&f->flow, bytes);
}

/* False: the stream is wrong, and ends. */
static bool fuzz_echo(struct fuzz_flow *f, size_t bytes, bool spoil)
{
    char in[FUZZ_PIECE];
    const uint64_t from = f->flow.received, owed = f->flow.given - from;
    const size_t at = bytes / 2;
    struct flow_wrong wrong;
    uint64_t messages = 0;
    struct flow_stamp stamp;

    pattern_fill(in, bytes, f->flow.seed, from);
    if (spoil)
        in[at] = (char)(in[at] ^ 1);
    const bool right = flow_receive(&f->flow, in, bytes, &messages, &wrong);
    fuzz_require(right == (bytes <= owed && !spoil), "right is right");
    if (!right) {
        const uint64_t first = spoil && at < owed ? at : owed;

        fuzz_require(wrong.offset == from + first, "the first wrong byte");
        fuzz_require((strcmp(wrong.kind, "surplus") == 0) == (first == owed),
                     "surplus or changed");
        return false;
    }
    f->echoed_messages += messages;
    while (flow_stamp_take(&f->flow, &stamp))
        fuzz_require(stamp.sent_ns < f->now, "sent before it is back");
    return true;
}

static bool fuzz_step(struct fuzz_flow *f, uint8_t what, uint8_t how)
{
    const size_t bytes = 1 + (size_t)how % FUZZ_PIECE;

    switch (what % 5) {
    case 0:
        flow_begin(&f->flow, how % 4);
        f->begun += how % 4;
        return true;
    case 1:
    case 2:
        fuzz_send(f, bytes);
        return true;
    case 3: {
        const uint64_t owed = f->flow.given - f->flow.received;

        if (owed == 0)
            return true;
        return fuzz_echo(f, bytes < owed ? bytes : (size_t)owed, false);
    }
    default:
        return fuzz_echo(f, bytes, what > 128);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_stamp stamps[FUZZ_STAMPS];
    struct fuzz_flow f = {.now = 1};
    struct flow_wrong wrong;
    bool right = true;

    if (size < 3)
        return 0;
    const uint32_t message = 1 + (uint32_t)data[1] + 2 * (uint32_t)data[2];
    flow_init(&f.flow, pattern_seed(data[0], data[1]), message, 0, stamps,
              1 + data[2] % FUZZ_STAMPS);
    for (size_t at = 3; at + 1 < size && right; at += 2)
        right = fuzz_step(&f, data[at], data[at + 1]);
    fuzz_require(f.sent_messages == f.flow.sent / message, "messages sent");
    fuzz_require(!right || f.echoed_messages == f.flow.received / message,
                 "messages back");
    fuzz_require(f.flow.limit == f.begun * message, "messages begun");
    flow_missing(&f.flow, &wrong);
    flow_hold(&f.flow);
    return 0;
}
