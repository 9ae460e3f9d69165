/* Lines of a stream, however it is cut; words of a launcher, split as typed.
 * Command lines as Windows splits them are in test_process.c, by Windows
 * itself, and in fuzz_text.c, by the documented rules. */
#include "unit.h"
#include "common/number.h"
#include "common/text.h"

static void launcher_is_split(void **state)
{
    struct words w = {0};
    assert_true(words_split(&w, " ssh  -o \"A B\" x'y z'"));
    assert_int_equal(w.count, 4);
    assert_string_equal(w.word[2], "A B");
    assert_string_equal(w.word[3], "xy z");
    assert_true(words_split(&w, ""));
    assert_int_equal(w.count, 4);
    assert_null(w.word[4]);
    assert_false(words_split(&w, "a \"b"));
    words_free(&w);
}

static void cut_anywhere(void **state)
{
    static const char text[] = "one\n\r\n\nfour is longer\r\nfive\nrest";
    static const char *const expected[] = {"one", "", "", "four is longer",
                                           "five"};
    struct random r = {1};
    for (int round = 0; round < 1000; round++) {
        struct lines l = {0};
        size_t at = 0, got = 0, length = sizeof text - 1;
        while (at < length) {
            size_t piece = 1 + (size_t)random_below(&r, length - at);
            lines_add(&l, text + at, piece);
            at += piece;
            for (char *line; (line = lines_next(&l)) != NULL; got++) {
                assert_in_range(got, 0, 4);
                assert_string_equal(line, expected[got]);
            }
        }
        assert_int_equal(got, 5);
        assert_string_equal(lines_rest(&l), "rest");
        assert_null(lines_rest(&l));
        lines_free(&l);
    }
}

static void what_is_no_letter_becomes_a_question_mark(void **state)
{
    static const char *const texts[][2] = {
        {"abc", "abc"},
        {"\xC3\xBC \xE2\x98\x83 \xF0\x9F\x98\x80",
         "\xC3\xBC \xE2\x98\x83 \xF0\x9F\x98\x80"},
        {"a\xFF"
         "b\x80",
         "a?b?"},
        {"cut \xE2\x98", "cut ??"},
        {"\xC0\xAF\xE0\x9F\xBF\xF0\x8F\xBF\xBF", "?????????"},
        {"\xED\xA0\x80\xF4\x90\x80\x80\xF5", "????????"},
        {"\xC3\xC3\xBC", "?\xC3\xBC"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct lines l = {0};
        lines_add(&l, texts[i][0], strlen(texts[i][0]));
        assert_string_equal(lines_rest(&l), texts[i][1]);
        lines_free(&l);
    }
}

static void long_lines_arrive_whole(void **state)
{
    enum { LENGTH = 3 * 1024 * 1024 };
    struct lines l = {0};
    char *text = malloc(LENGTH + 1);
    assert_non_null(text);
    memset(text, 'x', LENGTH);
    text[LENGTH] = '\n';
    for (int i = 0; i < 2; i++) {
        lines_add(&l, text, LENGTH + 1);
        char *line = lines_next(&l);
        assert_non_null(line);
        assert_int_equal(strlen(line), LENGTH);
        assert_null(lines_next(&l));
    }
    free(text);
    lines_free(&l);
}

static void digits_count_as_a_number(void **state)
{
    static const char *const rising[] = {
        "",
        "rate=0.5 x",
        "rate=0.75 a",
        "rate=64",
        "rate=4096 a",
        "rate=4096 b",
        "rate=11047426",
        "rate=x",
    };
    for (size_t i = 0; i < COUNT(rising); i++)
        for (size_t j = 0; j < COUNT(rising); j++) {
            int order = text_order(rising[i], rising[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

RUN_TESTS(TEST(launcher_is_split), TEST(cut_anywhere),
          TEST(digits_count_as_a_number),
          TEST(what_is_no_letter_becomes_a_question_mark),
          TEST(long_lines_arrive_whole))
