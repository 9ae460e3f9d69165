#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "results/json.h"
#include "common/text.h"

/* From memory that ends where the text does, so that sanitizers see a read
 * behind it. NULL: taken; otherwise what was said. */
static const char *read_bytes(const char *bytes, size_t size)
{
    static char what[JSON_WHAT_SIZE];
    char *copy = malloc(size + 1);
    cJSON *value;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    value = json_read(copy, size, what);
    free(copy);
    cJSON_Delete(value);
    return value != NULL ? NULL : what;
}

static void test_taken(void **state)
{
    static const char *const texts[] = {
        "0",
        " -0.5e+10 \r\n\t",
        "1E5",
        "9007199254740992",
        "true",
        "[]",
        "{ }",
        "[ 1 , {\"a\" : null } , false ]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\ude00\"",
        "\"\xC3\xA4\xE2\x98\x83\xF0\x9F\x98\x80\x7F\"",
        "{\"a\":{\"b\":1},\"b\":{\"a\":1},\"A\":2}",
        "1.7976931348623157e308",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *what = read_bytes(texts[i], strlen(texts[i]));

        if (what != NULL)
            fail_msg("%s: %s", texts[i], what);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"", "not JSON at byte 0 of 0"},
        {"01", "not JSON at byte 1 of 2"},
        {"-", "not JSON at byte 1 of 1"},
        {"+1", "not JSON at byte 0 of 2"},
        {"1.", "not JSON at byte 2 of 2"},
        {".5", "not JSON at byte 0 of 2"},
        {"1e", "not JSON at byte 2 of 2"},
        {"0x10", "not JSON at byte 1 of 4"},
        {"nul", "not JSON at byte 3 of 3"},
        {"NaN", "not JSON at byte 0 of 3"},
        {"1 2", "not JSON at byte 2 of 3"},
        {"[1,]", "not JSON at byte 3 of 4"},
        {"[1", "not JSON at byte 2 of 2"},
        {"{\"a\"}", "not JSON at byte 4 of 5"},
        {"{a:1}", "not JSON at byte 1 of 5"},
        {"\"a", "not JSON at byte 2 of 2"},
        {"\"a\nb\"", "not JSON at byte 2 of 5"},
        {"\"\\x\"", "not JSON at byte 2 of 4"},
        {"\"\\u12g4\"", NULL},
        {"\"\\u0000\"", NULL},
        {"\"\\ud800\"", NULL},
        {"\"\\ud800\\u0041\"", NULL},
        {"\"\\udc00\"", NULL},
        {"\"\x80\"", NULL},
        {"\"\xC0\xAF\"", NULL},
        {"\"\xE0\x80\x80\"", NULL},
        {"\"\xED\xA0\x80\"", NULL},
        {"\"\xF4\x90\x80\x80\"", NULL},
        {"\"\xF5\x80\x80\x80\"", NULL},
        {"\"\xE2\x98\"", NULL},
        {"\xEF\xBB\xBF{}", "not JSON at byte 0 of 5"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "an object has the key \"a\" twice"},
        {"[{\"x\":{\"\":1,\"\":1}}]", "an object has the key \"\" twice"},
        {"{\"a\":1e999}", "the number of \"a\" is too large to be held"},
        {"[-1e309]", "the number of \"a list\" is too large to be held"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *what = read_bytes(cases[i].text, strlen(cases[i].text));

        if (what == NULL)
            fail_msg("%s is taken", cases[i].text);
        if (cases[i].what != NULL)
            assert_string_equal(what, cases[i].what);
        else
            assert_non_null(strstr(what, "not JSON"));
    }
    assert_non_null(read_bytes("\"a\0b\"", 5));
    assert_non_null(read_bytes("[]\0", 3));
}

/* As deep as the parser goes, and 400 digits, which it might cut. */
static void test_long(void **state)
{
    enum { DEEP = 100000, DIGITS = 400 };
    char *text = malloc(DEEP);

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_non_null(read_bytes(text, DEEP));
    memset(text, '1', DIGITS);
    assert_non_null(read_bytes(text, DIGITS));
    free(text);
}

static void test_controls(void **state)
{
    cJSON *value = cJSON_Parse("{\"a\\u001bb\":[\"\\u0007\\n\\u007f\\u009b\"],"
                               "\"plain\":\"\xC2\xA0\xC3\xA4 1\"}");
    char *text;

    (void)state;
    assert_non_null(value);
    json_show_controls(value);
    text = cJSON_PrintUnformatted(value);
    assert_string_equal(text, "{\"a\\\\u001bb\":[\"\\\\u0007\\\\u000a\\\\u007f"
                              "\\\\u009b\"],\"plain\":\"\xC2\xA0\xC3\xA4 1\"}");
    cJSON_free(text);
    cJSON_Delete(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
