/* Lines of a stream, however it is cut; words of a launcher, split as typed;
 * and command lines as Windows splits them: known answers, and a round trip
 * through the documented rules (those of CommandLineToArgvW). */
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

static void assert_quoted(const char *word, const char *expected)
{
    const char *words[] = {"p", word, NULL};
    char *text = words_quote(words);
    assert_string_equal(text, expected);
    free(text);
}

static void known_answers(void **state)
{
    const char *quote_in_program[] = {"a\"b", NULL};
    assert_quoted("plain", "\"p\" plain");
    assert_quoted("", "\"p\" \"\"");
    assert_quoted("a b", "\"p\" \"a b\"");
    assert_quoted("a\"b", "\"p\" \"a\\\"b\"");
    assert_quoted("C:\\x\\", "\"p\" C:\\x\\");
    assert_quoted("C:\\x y\\", "\"p\" \"C:\\x y\\\\\"");
    assert_quoted("a\\\\\"b", "\"p\" \"a\\\\\\\\\\\"b\"");
    assert_quoted("\ttab", "\"p\" \"\ttab\"");
    assert_null(words_quote(quote_in_program));
}

/* One argument by the documented rules; moves *from behind it. */
static void split_word(const char **from, char *to)
{
    int quoted = 0;
    const char *at = *from;
    while (*at != '\0' && (quoted || (*at != ' ' && *at != '\t'))) {
        size_t slashes = strspn(at, "\\");
        at += slashes;
        if (*at == '"') {
            for (size_t i = 0; i < slashes / 2; i++)
                *to++ = '\\';
            if (slashes % 2 != 0)
                *to++ = '"';
            else
                quoted = !quoted;
            at++;
        } else {
            for (size_t i = 0; i < slashes; i++)
                *to++ = '\\';
            if (slashes == 0)
                *to++ = *at++;
        }
    }
    *to = '\0';
    *from = at;
}

static void random_words_come_back(void **state)
{
    static const char letters[] = "\\\\\\\"\" \tab";
    struct random r = {2026};
    for (int round = 0; round < 20000; round++) {
        char word[3][12], back[64];
        const char *words[] = {"p q", word[0], word[1], word[2], NULL};
        for (int i = 0; i < 3; i++) {
            size_t length = (size_t)random_below(&r, sizeof word[i]);
            for (size_t j = 0; j < length; j++)
                word[i][j] = letters[random_below(&r, sizeof letters - 1)];
            word[i][length] = '\0';
        }
        char *text = words_quote(words);
        const char *at = text + strlen("\"p q\"");
        for (int i = 0; i < 3; i++) {
            assert_int_equal(*at, ' ');
            at++;
            split_word(&at, back);
            assert_string_equal(back, word[i]);
        }
        assert_int_equal(*at, '\0');
        free(text);
    }
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

static void endless_line_comes_in_pieces(void **state)
{
    struct lines l = {0};
    static char piece[1024 * 1024];
    int lines = 0;
    memset(piece, 'x', sizeof piece);
    for (size_t given = 0; given < 3 * (size_t)LINES_LONGEST;
         given += sizeof piece) {
        lines_add(&l, piece, sizeof piece);
        while (lines_next(&l) != NULL)
            lines++;
    }
    assert_int_equal(lines, 3);
    assert_true(l.held.room <= 4 * (size_t)LINES_LONGEST);
    lines_add(&l, "\nnext\n", 6);
    assert_string_equal(lines_next(&l), "");
    assert_string_equal(lines_next(&l), "next");
    assert_null(lines_next(&l));
    lines_free(&l);
}

RUN_TESTS(TEST(launcher_is_split), TEST(known_answers),
          TEST(random_words_come_back), TEST(cut_anywhere),
          TEST(what_is_no_letter_becomes_a_question_mark),
          TEST(long_lines_arrive_whole), TEST(endless_line_comes_in_pieces))
