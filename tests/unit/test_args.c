#include "unit.h"
#include "common/args.h"
#include "common/number.h"

struct values {
    bool flag;
    const char *text, *word, *last, *dir;
    uint64_t count, size, time;
    struct arg_list each, rest;
};

static enum args_result parse(struct values *v, const char *line)
{
    static char copy[256], name[] = "test", *argv[32];
    int argc = 1;
    const struct arg args[] = {
        {"--flag", ARG_FLAG, &v->flag, 0, 0, NULL, "a flag"},
        {"--text", ARG_TEXT, &v->text, 0, 0, "T", "a text"},
        {"--word", ARG_TEXT, &v->word, 0, 0, "one|three", "a word"},
        {"--last", ARG_LAST, &v->last, 0, 0, "T", "a text"},
        {"--count", ARG_COUNT, &v->count, 1, 100, "N", "a count"},
        {"--size", ARG_SIZE, &v->size, 0, 0, "N", "a size"},
        {"--time", ARG_TIME, &v->time, 0, 0, "T", "a time"},
        {"--each", ARG_EACH, &v->each, 0, 0, "X", "several"},
        {"DIR", ARG_TEXT, &v->dir, 0, 0, NULL, "a folder"},
        {"FILE", ARG_EACH, &v->rest, 0, 0, NULL, "files"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {"test DIR", "A test.", args, 1};

    memset(v, 0, sizeof *v);
    strcpy(copy, line);
    argv[0] = name;
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return args_parse(&command, argc, argv);
}

static void good_lines(void **state)
{
    static struct values v;

    assert_int_equal(parse(&v, "--flag --text=a=b --count 5 dir --size 4K "
                               "--time 2s --each x --each=y f1 f2"),
                     ARGS_GO);
    assert_true(v.flag);
    assert_string_equal(v.text, "a=b");
    assert_int_equal(v.count, 5);
    assert_int_equal(v.size, 4096);
    assert_int_equal(v.time, 2000000);
    assert_int_equal(v.each.count, 2);
    assert_string_equal(v.dir, "dir");
    assert_int_equal(v.rest.count, 2);
    assert_string_equal(v.rest.text[1], "f2");
    assert_int_equal(parse(&v, "--last a --last=b dir"), ARGS_GO);
    assert_string_equal(v.last, "b");
    assert_int_equal(parse(&v, "--last= dir"), ARGS_GO);
    assert_string_equal(v.last, "");
    assert_int_equal(parse(&v, "--flag --flag dir"), ARGS_GO);
    assert_int_equal(parse(&v, "-- --flag"), ARGS_GO);
    assert_string_equal(v.dir, "--flag");
    assert_int_equal(parse(&v, "--text  "), ARGS_BAD);
    assert_int_equal(parse(&v, "--word three dir"), ARGS_GO);
    assert_string_equal(v.word, "three");
}

static void bad_lines(void **state)
{
    static const char *const lines[] = {
        "",
        "--flagg dir",
        "--flag=1 dir",
        "--count dir",
        "dir --count",
        "--count 0 dir",
        "--count 101 dir",
        "--count -5 dir",
        "--size 4Q dir",
        "--time soon dir",
        "--c 5 dir",
        "--count 5 --count 5 dir",
        "--text a --text=b dir",
        "--text= dir",
        "--help --flagg",
        "--help --count 0",
        "--size 16777216T dir",
        "--size 17179869184G dir",
        "--word four dir",
        "--word on dir",
        "--word one|three dir",
    };
    static struct values v;

    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(parse(&v, lines[i]), ARGS_BAD);
}

RUN_TESTS(TEST(good_lines), TEST(bad_lines))
