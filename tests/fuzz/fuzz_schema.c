/* The validator: any value against our schema of a record, and against small
 * ones that use each keyword it knows. Schemas are the program's own, so they
 * are not what comes in. */
#include "fuzz.h"

#include "results/schema.h"

static const char *const fuzz_small[] = {
    "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":"
    "[\"number\",\"null\"],\"minimum\":0,\"maximum\":9}},"
    "\"additionalProperties\":{\"type\":\"integer\"}}",
    "{\"type\":\"array\",\"items\":{\"enum\":[\"x\",1,null]},\"minItems\":1}",
    "{\"$defs\":{\"t\":{\"type\":\"string\",\"minLength\":2}},\"type\":"
    "\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/t\"},"
    "\"b\":{\"const\":5},\"c\":{\"type\":\"array\",\"maxItems\":2}}}",
};
enum { FUZZ_SCHEMAS = 1 + sizeof fuzz_small / sizeof *fuzz_small };

static void fuzz_tell(void *context, const char *pointer, const char *what)
{
    size_t *count = context;

    fuzz_require(pointer[0] == '\0' || pointer[0] == '/', "a JSON pointer");
    fuzz_require(what[0] != '\0', "a fault is said");
    ++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cJSON *schemas[FUZZ_SCHEMAS];
    cJSON *value = cJSON_ParseWithLength((const char *)data, size);

    if (schemas[0] == NULL) {
        schemas[0] = schema_run();
        for (size_t i = 1; i < FUZZ_SCHEMAS; i++)
            schemas[i] = cJSON_Parse(fuzz_small[i - 1]);
    }
    for (size_t i = 0; i < FUZZ_SCHEMAS && value != NULL; i++) {
        size_t told = 0;
        const struct fault_sink sink = {fuzz_tell, &told};

        fuzz_require(schema_strangers(schemas[i], NULL) == 0,
                     "each keyword is known");
        fuzz_require(schema_check(schemas[i], value, &sink) == told,
                     "each fault is told");
    }
    cJSON_Delete(value);
    return 0;
}
