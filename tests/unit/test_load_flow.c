#include "unit.h"
#include "common/number.h"
#include "common/pattern.h"
#include "common/service.h"
#include "clients/flow.h"

enum { STAMPS = 4, SEED = 77 };

static struct flow_stamp stamps[STAMPS];
static struct flow_wrong wrong; /* the last, as messages are */
static uint64_t messages;

static struct flow flow_of(uint32_t message)
{
    struct flow f;

    flow_init(&f, SEED, message, 0, stamps, STAMPS);
    return f;
}

/* Sends `bytes` as one piece. */
static size_t flow_push(struct flow *f, uint8_t *wire, size_t bytes,
                        int64_t now)
{
    size_t filled = flow_fill(f, wire, bytes, now);

    flow_give(f, filled);
    flow_sent(f, filled);
    return filled;
}

static bool receive(struct flow *f, const uint8_t *wire, size_t bytes)
{
    return flow_receive(f, wire, bytes, &messages, &wrong);
}

static bool flow_take(struct flow *f, int64_t *sent)
{
    struct flow_stamp stamp;
    bool taken = flow_stamp_take(f, &stamp);

    if (taken)
        *sent = stamp.sent_ns;
    return taken;
}

/* Whatever the pieces, the pattern leaves, comes back and is counted. */
static void test_pieces(void **state)
{
    struct random random = {.state = 5};
    static const uint32_t sizes[] = {1, 2, 7, 64, 1000, 4096};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct flow f = flow_of(sizes[i]);
        uint8_t wire[5000];
        uint64_t sent = 0, echoed = 0, begun = 50;
        size_t held = 0; /* in wire, on its way back */

        flow_begin(&f, begun);
        while (flow_owed(&f)) {
            size_t out = (size_t)random_below(&random, sizeof wire - held + 1);
            size_t in;

            out = flow_fill(&f, wire + held, out, 1);
            assert_int_equal(pattern_match(wire + held, out, SEED, f.given),
                             out);
            flow_give(&f, out);
            sent += flow_sent(&f, out);
            held += out;
            in = (size_t)random_below(&random, held + 1);
            assert_true(receive(&f, wire, in));
            echoed += messages;
            memmove(wire, wire + in, held - in);
            held -= in;
        }
        assert_int_equal(sent, begun);
        assert_int_equal(echoed, begun);
        assert_int_equal(f.received, begun * sizes[i]);
        assert_int_equal(flow_want(&f), 0);
    }
}

/* `sent` of a message of ten bytes are echoed as `bytes`; the byte at `at` is
 * changed by `change`. */
static void test_wrong(void **state)
{
    static const struct {
        size_t sent, bytes, at;
        uint8_t change;
        const char *kind; /* NULL: right so far, and what is left is missing */
        uint64_t offset;
    } rows[] = {
        {10, 10, 0, 1, "changed", 0},
        {10, 10, 5, 0x80, "changed", 5},
        {10, 10, 9, 1, "changed", 9},
        {10, 11, 0, 0, "surplus", 10},
        /* The right byte, but before it was sent: nobody echoes ahead. */
        {0, 1, 0, 0, "surplus", 0},
        {10, 9, 0, 0, NULL, 9},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flow f = flow_of(10);
        uint8_t wire[20] = {0}, right[20];

        flow_begin(&f, 2);
        flow_push(&f, wire, rows[i].sent, 1);
        pattern_fill(right, sizeof right, SEED, 0);
        memcpy(wire, right, rows[i].bytes);
        wire[rows[i].at] ^= rows[i].change;
        assert_int_equal(receive(&f, wire, rows[i].bytes),
                         rows[i].kind == NULL);
        if (rows[i].kind == NULL) {
            assert_int_equal(messages, 0);
            flow_missing(&f, &wrong);
        }
        assert_string_equal(wrong.kind,
                            rows[i].kind != NULL ? rows[i].kind : "missing");
        assert_int_equal(wrong.offset, rows[i].offset);
        assert_int_equal(wrong.expected, strcmp(wrong.kind, "surplus") == 0
                                             ? -1
                                             : right[wrong.offset]);
        assert_int_equal(wrong.received,
                         rows[i].kind != NULL ? wire[wrong.offset] : -1);
    }
}

/* The next messages taken are just those, sent at these times. */
static void takes(struct flow *f, size_t count, const int64_t *times)
{
    int64_t sent = 0;

    for (size_t i = 0; i < count; i++) {
        assert_true(flow_take(f, &sent));
        assert_int_equal(sent, times[i]);
    }
    assert_false(flow_take(f, &sent));
}

/* A stamp is when a message was first tried, and comes out when all of its
 * echo is there, in order. */
static void test_stamps(void **state)
{
    struct flow f = flow_of(10);
    uint8_t wire[100];

    assert_int_equal(f.stamp_count, 0);
    flow_begin(&f, 4);
    assert_int_equal(flow_fill(&f, wire, 10, 100), 10);
    /* It would block: tried again later, with the first time kept. */
    assert_int_equal(flow_fill(&f, wire, 10, 200), 10);
    flow_give(&f, 10);
    flow_push(&f, wire + 10, 30, 300);
    assert_int_equal(f.stamp_count, STAMPS);
    takes(&f, 0, NULL);
    assert_true(receive(&f, wire, 29));
    assert_int_equal(messages, 2);
    takes(&f, 2, (int64_t[]){100, 300});
    assert_true(receive(&f, wire + 29, 11));
    assert_int_equal(messages, 2);
    takes(&f, 2, (int64_t[]){300, 300});
    /* The ring goes round. */
    flow_begin(&f, 1);
    flow_push(&f, wire, 10, 400);
    assert_true(receive(&f, wire, 10));
    takes(&f, 1, (int64_t[]){400});
}

/* Sends a message at each time from `from` on, one byte each. */
static void flow_ticks(struct flow *f, uint8_t *wire, int64_t from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        flow_begin(f, 1);
        flow_push(f, wire + i, 1, from + (int64_t)i);
    }
}

/* More in flight than there are stamps: evenly spread ones are timed, the
 * same whether echoes come late or not. */
static void test_stamps_by_number(void **state)
{
    struct flow f = flow_of(1);
    uint8_t wire[200];
    int64_t sent;

    flow_ticks(&f, wire, 0, 29);
    assert_int_equal(f.stamp_count, STAMPS);
    assert_true(receive(&f, wire, 29));
    takes(&f, 4, (int64_t[]){0, 8, 16, 24});
    /* All stamps are free, and still only every eighth is timed. */
    for (int64_t at = 29; at < 100; at++) {
        flow_ticks(&f, wire, at, 1);
        assert_true(receive(&f, wire, 1));
        assert_int_equal(flow_take(&f, &sent), at % 8 == 0);
    }
}

/* Nobody is timed who has no stamps. */
static void test_no_stamps(void **state)
{
    struct flow f;
    uint8_t wire[100];

    flow_init(&f, SEED, 1, 0, NULL, 0);
    flow_ticks(&f, wire, 0, 100);
    takes(&f, 0, NULL);
}

/* Draining: a message that was begun on the wire is finished, one that was
 * not is not sent. */
static void test_hold(void **state)
{
    struct flow f = flow_of(10);
    uint8_t wire[100];

    flow_begin(&f, 5);
    flow_push(&f, wire, 13, 1);
    flow_hold(&f);
    assert_int_equal(flow_want(&f), 7);
    assert_int_equal(f.limit, 20);
    flow_push(&f, wire, 7, 1);
    flow_hold(&f);
    assert_int_equal(flow_want(&f), 0);
}

/* What a file server sends for a whole request at `wire`. */
static size_t serve_file(const uint8_t *wire, uint8_t *to, uint64_t file)
{
    const struct service_piece piece = service_read(wire);

    assert_true(piece.bytes <= file && piece.offset <= file - piece.bytes);
    pattern_fill(to, (size_t)piece.bytes, SERVICE_FILE_SEED, piece.offset);
    return (size_t)piece.bytes;
}

/* Requests leave in any pieces, and what they ask for comes back in any. */
static void test_file_pieces(void **state)
{
    struct random random = {.state = 6};
    static const struct {
        uint32_t message;
        uint64_t file;
    } rows[] = {{1, 1}, {1, 1000}, {16, 17}, {100, 100}, {4000, 1 << 30}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flow f;
        uint8_t out[64 * SERVICE_REQUEST], in[4000];
        uint64_t sent = 0, back = 0;

        flow_init(&f, SEED, rows[i].message, rows[i].file, stamps, STAMPS);
        flow_begin(&f, 64);
        assert_int_equal(flow_want(&f), sizeof out);
        while (flow_want(&f) > 0) {
            size_t most = (size_t)random_below(&random, 40) + 1;
            size_t bytes = flow_fill(&f, out + f.given, most, 1);

            flow_give(&f, bytes);
            sent += flow_sent(&f, bytes);
        }
        assert_int_equal(sent, 64);
        for (size_t n = 0; n < 64; n++) {
            size_t bytes =
                serve_file(out + n * SERVICE_REQUEST, in, rows[i].file);
            size_t first = (size_t)random_below(&random, bytes + 1);

            assert_int_equal(bytes, rows[i].message);
            assert_true(flow_owed(&f));
            assert_true(receive(&f, in, first));
            back += messages;
            assert_true(receive(&f, in + first, bytes - first));
            back += messages;
        }
        assert_int_equal(back, 64);
        assert_false(flow_owed(&f));
    }
}

/* Bytes of another place are wrong, and those that no whole request asked for
 * are too many. */
static void test_file_wrong(void **state)
{
    struct flow f;
    uint8_t out[2 * SERVICE_REQUEST], in[2 * 50 + 1];

    flow_init(&f, SEED, 50, 10000, stamps, STAMPS);
    flow_begin(&f, 2);
    flow_push(&f, out, SERVICE_REQUEST + 5, 1);
    flow_fill(&f, out + SERVICE_REQUEST + 5, SERVICE_REQUEST - 5, 1);
    serve_file(out, in, 10000);
    serve_file(out + SERVICE_REQUEST, in + 50, 10000);
    in[100] = 0;
    assert_false(receive(&f, in, 51));
    assert_string_equal(wrong.kind, "surplus");
    assert_int_equal(wrong.offset, 50);
    flow_give(&f, SERVICE_REQUEST - 5);
    flow_missing(&f, &wrong);
    assert_int_equal(wrong.expected, in[50]);
    in[53] ^= 1;
    assert_false(receive(&f, in + 50, 50));
    assert_string_equal(wrong.kind, "changed");
    assert_int_equal(wrong.offset, 53);
}

RUN_TESTS(TEST(test_file_pieces), TEST(test_file_wrong), TEST(test_pieces),
          TEST(test_wrong), TEST(test_stamps), TEST(test_stamps_by_number),
          TEST(test_no_stamps), TEST(test_hold))
