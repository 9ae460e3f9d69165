#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "results/record_file.h"

static void test_not_json(void **state)
{
    static const char *const texts[] = {"", "{", "[1", "nul", "1 2", "\"a"};
    char what[JSON_WHAT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_null(json_read(texts[i], strlen(texts[i]), what));
        assert_non_null(strstr(what, "not JSON at byte"));
    }
}

/* As deep as the parser goes. */
static void test_deep(void **state)
{
    enum { DEEP = 100000 };
    char *text = calloc(DEEP + 1, 1), what[JSON_WHAT_SIZE];

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_null(json_read(text, DEEP, what));
    free(text);
}

static void test_controls(void **state)
{
    static const char from[] = "{\"a\\u001bb\":[\"\\u0007\\n\\u007f\\u009b\"],"
                               "\"plain\":\"\xC2\xA0\xC3\xA4\"}";
    char what[JSON_WHAT_SIZE], *text;
    cJSON *value = json_read(from, strlen(from), what);

    (void)state;
    assert_non_null(value);
    text = cJSON_PrintUnformatted(value);
    assert_string_equal(text,
                        "{\"a?b\":[\"?????\"],\"plain\":\"\xC2\xA0\xC3\xA4\"}");
    cJSON_free(text);
    cJSON_Delete(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
