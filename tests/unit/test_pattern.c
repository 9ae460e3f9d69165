#include "unit.h"
#include "common/number.h"
#include "common/pattern.h"

enum { WHOLE = 5000 };

static void pieces_make_the_whole(void **state)
{
    static uint8_t whole[WHOLE], pieces[WHOLE];
    uint64_t seed = pattern_seed(1, 2);
    struct random r = {3};
    size_t length;

    pattern_fill(whole, WHOLE, seed, 0);
    for (size_t at = 0; at < WHOLE; at += length) {
        length = 1 + random_below(&r, 40);
        if (length > WHOLE - at)
            length = WHOLE - at;
        pattern_fill(pieces + at, length, seed, at);
        assert_int_equal(pattern_match(whole + at, length, seed, at), length);
    }
    assert_memory_equal(whole, pieces, WHOLE);
    for (size_t at = 0; at < WHOLE; at++)
        assert_int_equal(whole[at], pattern_byte(seed, at));
}

static void each_changed_byte_is_seen(void **state)
{
    uint8_t data[100];
    uint64_t seed = pattern_seed(9, 0);

    for (size_t start = 0; start < 9; start++) {
        pattern_fill(data, sizeof data, seed, start);
        for (size_t at = 0; at < sizeof data; at++) {
            data[at] ^= 0x10;
            assert_int_equal(pattern_match(data, sizeof data, seed, start), at);
            data[at] ^= 0x10;
        }
    }
}

static void shifted_and_foreign_streams_differ(void **state)
{
    static uint8_t data[65536];
    uint64_t seed = pattern_seed(9, 0);

    pattern_fill(data, sizeof data, seed, 0);
    for (uint64_t shift = 1; shift <= 1 << 20; shift *= 2)
        assert_true(pattern_match(data, sizeof data, seed, shift) < 8);
    for (uint64_t other = 1; other < 1000; other++)
        assert_true(
            pattern_match(data, sizeof data, pattern_seed(9, other), 0) < 8);
    assert_true(pattern_match(data, sizeof data, pattern_seed(10, 0), 0) < 8);
    assert_int_equal(pattern_match(data, 0, seed, 77), 0);
}

RUN_TESTS(TEST(pieces_make_the_whole), TEST(each_changed_byte_is_seen),
          TEST(shifted_and_foreign_streams_differ))
