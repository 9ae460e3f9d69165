#include <math.h>

#include "unit.h"
#include "common/number.h"

enum { UNTOUCHED = 7 };

static void read_texts(void **state)
{
    static const struct {
        enum number_kind kind;
        const char *text;
        uint64_t value;
        bool good;
    } cases[] = {
        {NUMBER_COUNT, "4000", 4000, true},
        {NUMBER_COUNT, "4k", 4000, true},
        {NUMBER_COUNT, "1.5k", 1500, true},
        {NUMBER_COUNT, "0", 0, true},
        {NUMBER_COUNT, "18446744073709551615", UINT64_MAX, true},
        {NUMBER_SIZE, "4096", 4096, true},
        {NUMBER_SIZE, "4K", 4096, true},
        {NUMBER_SIZE, "1MiB", 1048576, true},
        {NUMBER_SIZE, "1.5K", 1536, true},
        {NUMBER_TIME, "5s", 5000000, true},
        {NUMBER_TIME, "200ms", 200000, true},
        {NUMBER_TIME, "0.5s", 500000, true},
        {NUMBER_TIME, "3m", 180000000, true},
        {NUMBER_TIME, "2", 2000000, true},
        {NUMBER_TIME, "40us", 40, true},
        {NUMBER_COUNT, "", UNTOUCHED, false},
        {NUMBER_COUNT, "-1", UNTOUCHED, false},
        {NUMBER_COUNT, "+1", UNTOUCHED, false},
        {NUMBER_COUNT, "1.5", UNTOUCHED, false},
        {NUMBER_COUNT, "1 ", UNTOUCHED, false},
        {NUMBER_COUNT, "4,000", UNTOUCHED, false},
        {NUMBER_COUNT, "1.2.3", UNTOUCHED, false},
        {NUMBER_COUNT, ".5k", UNTOUCHED, false},
        {NUMBER_COUNT, "k", UNTOUCHED, false},
        {NUMBER_COUNT, "1.", UNTOUCHED, false},
        {NUMBER_COUNT, "99999999999999999999x", UNTOUCHED, false},
        {NUMBER_COUNT, "18446744073709551616", NUMBER_HUGE, false},
        {NUMBER_COUNT, "18446744073709551615k", NUMBER_HUGE, false},
        {NUMBER_SIZE, "4T", UNTOUCHED, false},
        {NUMBER_TIME, "s", UNTOUCHED, false},
        {NUMBER_TIME, "5 s", UNTOUCHED, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = UNTOUCHED;

        if (number_read(cases[i].kind, cases[i].text, &value) !=
                cases[i].good ||
            value != cases[i].value)
            fail_msg("'%s'", cases[i].text);
    }
}

static void shares(void **state)
{
    static const char *const bad[] = {"-5%", "5%%", "1e999", ""};
    double share = -1;

    assert_true(number_share("5%", &share) && share > 0.0499 && share < 0.0501);
    assert_true(number_share("0.25", &share) && share > 0.24 && share < 0.26);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(number_share(bad[i], &share));
}

static void shown(void **state)
{
    static const struct {
        enum number_kind kind;
        uint64_t value;
        const char *text;
    } rows[] = {
        {NUMBER_TIME, 100000, "100ms"},
        {NUMBER_TIME, 86400000000, "24h"},
        {NUMBER_TIME, 90000000, "90s"},
        {NUMBER_TIME, 1, "1us"},
        {NUMBER_TIME, 0, "0"},
        {NUMBER_SIZE, 1 << 20, "1M"},
        {NUMBER_SIZE, 1, "1"},
        {NUMBER_SIZE, 1536, "1536"},
        {NUMBER_COUNT, 1000000, "1000000"},
    };
    char text[32];

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(
            number_show(rows[i].kind, rows[i].value, text, sizeof text),
            rows[i].text);
}

static void shown_to_people(void **state)
{
    enum { SIZE = 32 };
    char text[SIZE];

    assert_string_equal(number_show_count(0, text, SIZE), "0");
    assert_string_equal(number_show_count(999, text, SIZE), "999");
    assert_string_equal(number_show_count(12345006, text, SIZE), "12,345,006");
    assert_string_equal(number_show_bytes(512, text, SIZE), "512 B");
    assert_string_equal(number_show_bytes(1536, text, SIZE), "1.50 KiB");
}

/* No double makes the cast undefined. */
static void whole(void **state)
{
    assert_true(number_whole(12.9) == 12);
    assert_true(number_whole(-1e300) == 0);
    assert_true(number_whole((double)NAN) == 0);
    assert_true(number_whole(9007199254740992.0) == UINT64_C(1) << 53);
    assert_true(number_whole(18446744073709551616.0) == UINT64_MAX);
    assert_true(number_whole(1e308) == UINT64_MAX);
}

static void randomness(void **state)
{
    struct random a = {42}, b = {42};
    int seen[10] = {0};

    for (int i = 0; i < 10000; i++) {
        uint64_t x = random_below(&a, 10);

        assert_true(x == random_below(&b, 10));
        assert_true(x < 10);
        seen[x]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
}

RUN_TESTS(TEST(read_texts), TEST(shares), TEST(shown), TEST(shown_to_people),
          TEST(whole), TEST(randomness))
