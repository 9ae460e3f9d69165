#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/schema.h"

struct last_fault {
    size_t told;
    char pointer[128], what[256];
};

static void keep_fault(void *context, const char *pointer, const char *what)
{
    struct last_fault *fault = context;

    fault->told++;
    snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
    snprintf(fault->what, sizeof fault->what, "%s", what);
}

/* Checks `value` by `schema`, both as text. */
static struct last_fault check(const char *schema_text, const char *value_text)
{
    struct last_fault fault = {0, "", ""};
    const struct fault_sink sink = {keep_fault, &fault};
    cJSON *schema = cJSON_Parse(schema_text), *value = cJSON_Parse(value_text);
    size_t found;

    assert_non_null(schema);
    assert_non_null(value);
    found = schema_check(schema, value, &sink);
    assert_int_equal(found, fault.told);
    cJSON_Delete(schema);
    cJSON_Delete(value);
    return fault;
}

struct schema_case {
    const char *schema, *good, *bad, *pointer;
};

static const struct schema_case cases[] = {
    {"{\"type\":\"integer\"}", "3", "3.5", ""},
    {"{\"type\":\"integer\"}", "1e15", "\"3\"", ""},
    {"{\"type\":\"number\"}", "3", "null", ""},
    {"{\"type\":[\"string\",\"null\"]}", "null", "true", ""},
    {"{\"type\":\"boolean\"}", "false", "0", ""},
    {"{\"type\":\"object\"}", "{}", "[]", ""},
    {"{\"type\":\"array\"}", "[]", "{}", ""},
    {"{\"const\":1}", "1", "2", ""},
    {"{\"enum\":[\"a\",\"b\"]}", "\"b\"", "\"c\"", ""},
    {"{\"minimum\":0}", "0", "-1", ""},
    {"{\"maximum\":100}", "100", "100.5", ""},
    {"{\"minLength\":2}", "\"\xC3\xA4\xC3\xA4\"", "\"\xC3\xA4\"", ""},
    {"{\"minItems\":2}", "[1,2]", "[1]", ""},
    {"{\"maxItems\":2}", "[1,2]", "[1,2,3]", ""},
    {"{\"items\":{\"type\":\"null\"}}", "[null,null]", "[null,1]", "/1"},
    {"{\"required\":[\"a\"]}", "{\"a\":null}", "{\"A\":1}", ""},
    {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"b\":1}", "{\"a\":1}",
     "/a"},
    {"{\"properties\":{\"a/b\":{\"const\":1}}}", "{\"a/b\":1}", "{\"a/b\":2}",
     "/a~1b"},
    {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1}",
     "{\"a\":1,\"b\":2}", ""},
    {"{\"additionalProperties\":{\"minimum\":5}}", "{\"x\":5}", "{\"x\":4}",
     "/x"},
    {"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"null\"}}}", "null",
     "1", ""},
    {"{\"$ref\":\"#/$defs/n\",\"maximum\":9,\"$defs\":{\"n\":{\"minimum\":3}}}",
     "4", "10", ""},
};

static void test_keywords(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct last_fault good = check(cases[i].schema, cases[i].good);
        struct last_fault bad = check(cases[i].schema, cases[i].bad);

        if (good.told != 0)
            fail_msg("%s refuses %s: %s", cases[i].schema, cases[i].good,
                     good.what);
        if (bad.told != 1)
            fail_msg("%s tells %lu faults of %s", cases[i].schema,
                     (unsigned long)bad.told, cases[i].bad);
        assert_string_equal(bad.pointer, cases[i].pointer);
    }
}

static void test_missing_def(void **state)
{
    (void)state;
    assert_int_equal(check("{\"$ref\":\"#/$defs/gone\"}", "1").told, 1);
}

static void test_stranger(void **state)
{
    struct last_fault fault = {0, "", ""};
    const struct fault_sink sink = {keep_fault, &fault};
    cJSON *schema = cJSON_Parse(
        "{\"properties\":{\"pattern\":{\"items\":{\"pattern\":\"x\"}}}}");

    (void)state;
    assert_int_equal(schema_strangers(schema, &sink), 1);
    assert_string_equal(fault.pointer, "/properties/items/pattern");
    cJSON_Delete(schema);
}

static void test_allow_more(void **state)
{
    static const char value_text[] = "{\"a\":{\"b\":1,\"new\":2},\"new\":3}";
    cJSON *schema = cJSON_Parse(
        "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}},"
        "\"additionalProperties\":false,\"$defs\":{\"n\":{\"properties\":"
        "{\"b\":{\"minimum\":2}},\"additionalProperties\":false}}}");
    cJSON *value = cJSON_Parse(value_text);

    (void)state;
    assert_int_equal(schema_check(schema, value, NULL), 3);
    schema_allow_more(schema);
    assert_int_equal(schema_check(schema, value, NULL), 1); /* b is too low */
    cJSON_Delete(schema);
    cJSON_Delete(value);
}

static void print_fault(void *context, const char *pointer, const char *what)
{
    (void)context;
    print_error("%s %s\n", pointer, what);
}

/* Every $ref of the schema must lead somewhere. */
static void follow_refs(const cJSON *defs, const cJSON *at)
{
    const cJSON *child;

    cJSON_ArrayForEach (child, at) {
        if (child->string != NULL && strcmp(child->string, "$ref") == 0) {
            assert_int_equal(strncmp(child->valuestring, "#/$defs/", 8), 0);
            assert_non_null(
                cJSON_GetObjectItemCaseSensitive(defs, child->valuestring + 8));
        }
        follow_refs(defs, child);
    }
}

static void test_our_schema(void **state)
{
    const struct fault_sink sink = {print_fault, NULL};
    cJSON *schema = schema_run();

    (void)state;
    assert_int_equal(schema_strangers(schema, &sink), 0);
    follow_refs(cJSON_GetObjectItemCaseSensitive(schema, "$defs"), schema);
    cJSON_Delete(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keywords),   cmocka_unit_test(test_missing_def),
        cmocka_unit_test(test_stranger),   cmocka_unit_test(test_allow_more),
        cmocka_unit_test(test_our_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
