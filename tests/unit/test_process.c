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
    HEAD = 9, /* "12345678\n": how many letters follow */
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

static char *make_content(struct random *random, size_t *size)
{
    size_t letters = (size_t)random_below(random, LETTERS_MAX);
    char *content = malloc(HEAD + letters + 1);
    if (content == NULL)
        exit(3);
    snprintf(content, HEAD + 1, "%08lu\n", (unsigned long)letters);
    memset(content + HEAD, 'a' + (int)random_below(random, 26), letters);
    *size = HEAD + letters;
    return content;
}

/* Until it is killed. */
static void be_writer(const char *seed)
{
    struct random random = {strtoull(seed, NULL, 10)};
    char *over = file_join(folder, "over.json"), name[64];
    for (unsigned i = 0;; i++) {
        size_t size;
        char *content = make_content(&random, &size);
        snprintf(name, sizeof name, "new-%s-%u.json", seed, i);
        char *path = file_join(folder, name);
        if (file_write_over(over, content, size) != 0 ||
            file_write_new(path, content, size) != 0)
            exit(4);
        free(path);
        free(content);
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
        size_t size;
        char *content = make_content(&random, &size);
        snprintf(name, sizeof name, "same-%u.json", i);
        char *path = file_join(folder, name);
        uint32_t code = file_write_new(path, content, size);
        if (code != 0 && !file_exists(code))
            exit(6);
        won += code == 0;
        free(content);
        free(path);
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

static void expect_end(struct process *c)
{
    struct process_event event;
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_ENDED);
    assert_true(process_wait_exit(c, in_ms(20000)));
}

static void words_and_exit_code(void **state)
{
    char text[64];
    struct process *c = start("echo");
    assert_true(process_write(c, "mark begin"));
    expect_line(c, "mark begin");
    assert_true(process_write(c, "stop"));
    expect_line(c, "stop");
    expect_end(c);
    assert_true(process_exited_with(c, 7));
    assert_false(process_exited_with(c, 0));
    assert_string_equal(process_exit_show(c, text, sizeof text), "exit code 7");
    process_free(c);
}

static void closed_input_is_seen(void **state)
{
    struct process *c = start("echo");
    process_close_input(c);
    assert_false(process_write(c, "too late"));
    expect_end(c);
    assert_true(process_exited_with(c, 8));
    process_free(c);
}

static void any_argument_arrives(void **state)
{
    static const char *const words[] = {
        "plain",      "",       "a b",    "tab\there",
        "say \"hi\"", "back\\", "x y\\",  "\\\\q",
        "\\\\\"z\"",  "*.c",    "%PATH%", "\xc3\xa4\xe2\x82\xac",
        "a'b'$c",     "^&|<>"};
    const char *all[COUNT(words) + 3] = {self, "words"};
    memcpy(all + 2, words, sizeof words);
    struct process *c = start_words(all);
    for (size_t i = 0; i < COUNT(words); i++)
        expect_line(c, words[i]);
    expect_end(c);
    process_free(c);
}

static void long_and_many_lines(void **state)
{
    struct process_event event;
    struct process *c = start("long");
    char text[16];
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_LINE);
    assert_int_equal(strlen(event.line), LONG_LINE);
    expect_end(c);
    process_free(c);
    c = start("many");
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%d", i);
        expect_line(c, text);
    }
    expect_end(c);
    process_free(c);
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
    process_free(both[0]);
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
    assert_string_equal(process_exit_show(c, text, sizeof text),
                        "killed by the runner");
    expect_end(c);
    process_free(c);
}

static void crash_has_a_name(void **state)
{
    struct process *c = start("crash");
    char text[64];
    expect_end(c);
    process_exit_show(c, text, sizeof text);
#ifdef _WIN32
    holds(text, "exit code");
#else
    holds(text, "killed by signal 6");
#endif
    assert_false(process_exited_with(c, 0));
    process_free(c);
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
    struct file_names names;
    assert_int_equal(file_list(folder, suffix, &names), 0);
    size_t count = names.count;
    for (size_t i = 0; i < count; i++) {
        char *path = file_join(folder, names.name[i]), *data;
        size_t size;
        assert_int_equal(file_read(path, &data, &size), 0);
        bool part = strstr(path, ".part") != NULL;
        if (!part && (size < HEAD || strtoul(data, NULL, 10) != size - HEAD))
            fail_msg("%s has %lu bytes and begins with %.9s", path,
                     (unsigned long)size, data);
        for (size_t at = HEAD; !part && at < size; at++)
            assert_int_equal(data[at], data[HEAD]);
        if (drop)
            assert_int_equal(file_delete(path), 0);
        free(data);
        free(path);
    }
    file_names_free(&names);
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
        TEST(closed_input_is_seen),
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
