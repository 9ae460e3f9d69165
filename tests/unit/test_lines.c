/* Lines of a stream, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/number.h"
#include "common/lines.h"

static void cut_anywhere(void **state)
{
    static const char text[] = "one\n\r\n\nfour is longer\r\nfive\nrest";
    static const char *const expected[] = {"one", "", "", "four is longer",
                                           "five"};
    struct random r = {1};
    (void)state;
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

static void long_lines_arrive_whole(void **state)
{
    enum { LENGTH = 3 * 1024 * 1024 };
    struct lines l = {0};
    char *text = malloc(LENGTH + 1);
    (void)state;
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
    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(long_lines_arrive_whole),
        cmocka_unit_test(endless_line_comes_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
