/* Programs started, talked to and ended; files written by programs that are
 * killed meanwhile, and by several into one folder at the same time. The other
 * side is this program itself, by its first argument. */
#include "unit.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/number.h"
#include "common/process.h"
#include "runner/platform.h"

#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

enum {
    LONG_LINE = 300000,
    MANY = 20000,
    KILLS = 25,
    KILL_WITHIN_MS = 30,
    WRITERS = 4,
    RACES = 60,
    LETTERS_MAX = 300000
};

static const char *self;
static const char folder[] = "killed writers";

static int64_t in_ms(int64_t ms)
{
    return clock_ns() + ms * 1000000;
}

static void be_echo(void)
{
    char line[256];
    while (json_lines_read(line, sizeof line)) {
        puts(line);
        fflush(stdout);
        if (strcmp(line, "stop") == 0)
            exit(7);
    }
    exit(8);
}

/* Any number of one letter, and a line end if the file is whole. */
static uint32_t put(const char *name, struct random *random, bool over)
{
    size_t size = 1 + (size_t)random_below(random, LETTERS_MAX);
    char *path = file_join(folder, name), *content = malloc(size);
    if (content == NULL)
        exit(3);
    memset(content, 'a' + (int)random_below(random, 26), size - 1);
    content[size - 1] = '\n';
    uint32_t code = over ? file_write_over(path, content, size)
                         : file_write_new(path, content, size);
    free(content);
    free(path);
    return code;
}

/* Until it is killed. */
static void be_writer(const char *seed)
{
    struct random random = {strtoull(seed, NULL, 10)};
    char name[64];
    for (unsigned i = 0;; i++) {
        snprintf(name, sizeof name, "new-%s-%u.json", seed, i);
        if (put("over.json", &random, true) != 0 ||
            put(name, &random, false) != 0)
            exit(4);
    }
}

/* Tells how many of the names it was the first to write. */
static void be_racer(const char *seed)
{
    struct random random = {strtoull(seed, NULL, 10)};
    unsigned won = 0;
    char name[32];
    if (!json_lines_read(name, sizeof name)) /* "go" */
        exit(5);
    for (unsigned i = 0; i < RACES; i++) {
        snprintf(name, sizeof name, "same-%u.json", i);
        uint32_t code = put(name, &random, false);
        if (code != 0 && !file_exists(code))
            exit(6);
        won += code == 0;
    }
    printf("%u\n", won);
}

static void be_other(int argc, char **argv)
{
    if (strcmp(argv[1], "echo") == 0)
        be_echo();
    if (strcmp(argv[1], "words") == 0)
        for (int i = 2; i < argc; i++)
            puts(argv[i]);
    if (strcmp(argv[1], "long") == 0)
        for (int i = 0; i < LONG_LINE; i++)
            putchar('a' + i % 26);
    if (strcmp(argv[1], "many") == 0)
        for (int i = 0; i < MANY; i++)
            printf("%d\n", i);
    if (strcmp(argv[1], "here") == 0) {
        puts("here");
        fflush(stdout);
        if (strcmp(argv[2], "hang") == 0)
            clock_sleep_ms(600000);
        else if (strcmp(argv[2], "race") == 0)
            be_racer(argv[3]);
        else
            be_writer(argv[3]);
    }
    if (strcmp(argv[1], "crash") == 0)
        abort();
    fflush(stdout);
    exit(0);
}

static struct process *start_words(const char *const *words)
{
    char why[256];
    struct process *c = process_start(words, why, sizeof why);
    if (c == NULL)
        fail_msg("%s", why);
    return c;
}

static struct process *start(const char *what)
{
    return start_words((const char *[]){self, what, NULL});
}

static void expect_line(struct process *c, const char *text)
{
    struct process_event event;
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_LINE);
    assert_ptr_equal(event.process, c);
    assert_string_equal(event.line, text);
}

static struct process *start_here(const char *what, unsigned seed)
{
    char number[16];
    snprintf(number, sizeof number, "%u", seed);
    struct process *c =
        start_words((const char *[]){self, "here", what, number, NULL});
    expect_line(c, "here");
    return c;
}

/* Frees it. */
static void expect_end(struct process *c, const char *how)
{
    struct process_event event;
    char text[64];
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_ENDED);
    assert_true(process_wait_exit(c, in_ms(20000)));
    holds(process_exit_show(c, text, sizeof text), how);
    assert_int_equal(process_exited_with(c, 7),
                     strcmp(how, "exit code 7") == 0);
    process_free(c);
}

static void words_and_exit_code(void **state)
{
    struct process *c = start("echo");
    assert_true(process_write(c, "mark begin"));
    expect_line(c, "mark begin");
    assert_true(process_write(c, "stop"));
    expect_line(c, "stop");
    expect_end(c, "exit code 7");
    c = start("echo");
    process_close_input(c);
    assert_false(process_write(c, "too late"));
    expect_end(c, "exit code 8");
}

static void any_argument_arrives(void **state)
{
    static const char *const words[] = {
        "plain",      "",       "a b",      "tab\there",
        "say \"hi\"", "back\\", "x y\\",    "\\\\q",
        "\\\\\"z\"",  "*.c",    "%PATH%",   "\xc3\xa4\xe2\x82\xac",
        "a'b'$c",     "^&|<>",  "a\\\\\"b", "C:\\x\\"};
    const char *all[COUNT(words) + 3] = {self, "words"};
    memcpy(all + 2, words, sizeof words);
    struct process *c = start_words(all);
    for (size_t i = 0; i < COUNT(words); i++)
        expect_line(c, words[i]);
    expect_end(c, "exit code 0");
}

static void long_and_many_lines(void **state)
{
    struct process_event event;
    struct process *c = start("long");
    char text[16];
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_LINE);
    assert_int_equal(strlen(event.line), LONG_LINE);
    expect_end(c, "exit code 0");
    c = start("many");
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%d", i);
        expect_line(c, text);
    }
    expect_end(c, "exit code 0");
}

static void two_at_once(void **state)
{
    struct process *both[] = {start("echo"), NULL, start("echo")};
    struct process_event event;
    int heard[3] = {0};
    for (int i = 0; i < 10; i++) {
        assert_true(process_write(both[0], "left"));
        assert_true(process_write(both[2], "right"));
    }
    while (heard[0] < 10 || heard[2] < 10) {
        assert_int_equal(process_wait(both, 3, in_ms(20000), &event),
                         PROCESS_LINE);
        int which = event.process == both[2] ? 2 : 0;
        assert_string_equal(event.line, which == 0 ? "left" : "right");
        heard[which]++;
    }
    process_close_input(both[0]); /* it is in nobody else's hands */
    expect_end(both[0], "exit code 8");
    process_free(both[2]);
}

static void deadline_holds_and_kill_ends_it(void **state)
{
    struct process_event event;
    struct process *c = start_here("hang", 0);
    char text[64];
    int64_t began = clock_ns();
    assert_int_equal(process_wait(&c, 1, in_ms(300), &event),
                     PROCESS_TIMED_OUT);
    assert_in_range((clock_ns() - began) / 1000000, 299, 5000);
    assert_false(process_wait_exit(c, in_ms(100)));
    assert_string_equal(process_exit_show(c, text, sizeof text),
                        "still running");
    process_kill(c);
    assert_true(process_wait_exit(c, in_ms(5000)));
    expect_end(c, "killed by the runner");
}

static void crash_has_a_name(void **state)
{
#ifdef _WIN32
    expect_end(start("crash"), "exit code");
#else
    expect_end(start("crash"), "killed by signal 6");
#endif
}

static void absent_program_says_why(void **state)
{
    const char *words[] = {"no-such-program-anywhere", NULL};
    char why[256] = "";
    assert_null(process_start(words, why, sizeof why));
    holds(why, "no-such-program-anywhere");
    holds(why, "error");
    assert_null(process_find("no-such-program-anywhere"));
    char *found = process_find(self);
    assert_string_equal(found, self);
    free(found);
}

#ifndef _WIN32
static void what_is_no_program_is_not_run_by_a_shell(void **state)
{
    char path[] = "./test_process.XXXXXX", why[256] = "";
    const char *words[] = {path, NULL};
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_true(write(file, "exit 0\n", 7) == 7);
    assert_int_equal(fchmod(file, 0700), 0);
    close(file);
    assert_null(process_start(words, why, sizeof why));
    holds(why, "ENOEXEC");
    unlink(path);
}
#endif

/* Each file of the folder is whole; they are deleted if `drop`. */
static size_t check_files(const char *suffix, bool drop)
{
    struct words names;
    assert_int_equal(file_list(folder, suffix, &names), 0);
    size_t count = names.count;
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(folder, names.word[i]), *data;
        size_t size;
        assert_int_equal(file_read(path, &data, &size), 0);
        if (strstr(path, ".part") == NULL &&
            (size == 0 || data[size - 1] != '\n' ||
             strspn(data, (char[]){data[0], '\n', '\0'}) != size))
            fail_msg("%s has %lu bytes and begins with %.9s", path,
                     (unsigned long)size, data);
        if (drop)
            assert_int_equal(file_delete(path), 0);
        free(data);
        free(path);
    }
    words_free(&names);
    return count;
}

static void killed_while_writing(void **state)
{
    struct random random = {20261122};
    for (unsigned i = 0; i < KILLS; i++) {
        struct process *c = start_here("write", i);
        clock_sleep_ms((uint32_t)random_below(&random, KILL_WITHIN_MS));
        process_free(c); /* kills it */
        check_files(".json", false);
    }
    assert_true(check_files(".json", true) > 0);
    check_files("", true);
}

static void racing_for_names(void **state)
{
    struct process *c[WRITERS];
    struct process_event event;
    unsigned long won = 0;
    for (unsigned i = 0; i < WRITERS; i++)
        c[i] = start_here("race", 100 + i);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_true(process_write(c[i], "go"));
    for (unsigned i = 0; i < WRITERS; i++) {
        assert_int_equal(process_wait(&c[i], 1, in_ms(30000), &event),
                         PROCESS_LINE);
        won += strtoul(event.line, NULL, 10);
        process_free(c[i]);
    }
    assert_int_equal(won, RACES);
    assert_int_equal(check_files("", true), RACES);
}

int main(int argc, char **argv)
{
    platform_arguments(&argc, &argv);
    json_lines_init();
    if (argc > 1)
        be_other(argc, argv);
    self = file_program();
    if (file_make_folders(folder) != 0)
        return 1;
    check_files("", true);
    const struct CMUnitTest tests[] = {
        TEST(words_and_exit_code),
        TEST(any_argument_arrives),
        TEST(long_and_many_lines),
        TEST(two_at_once),
        TEST(deadline_holds_and_kill_ends_it),
        TEST(crash_has_a_name),
        TEST(absent_program_says_why),
        TEST(killed_while_writing),
        TEST(racing_for_names),
#ifndef _WIN32
        TEST(what_is_no_program_is_not_run_by_a_shell),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
