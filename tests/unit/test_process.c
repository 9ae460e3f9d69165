/* Programs started, talked to and ended. The other side is this program
 * itself, told by its first argument what to be. */
#include "unit.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/process.h"
#include "runner/platform.h"

#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

enum { LONG_LINE = 300000, MANY = 20000 };

static const char *self;

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
    if (strcmp(argv[1], "hang") == 0) {
        puts("here");
        fflush(stdout);
        clock_sleep_ms(600000);
    }
    if (strcmp(argv[1], "crash") == 0)
        abort();
    fflush(stdout);
    exit(0);
}

static struct process *start(const char *what)
{
    char why[256];
    const char *words[] = {self, what, NULL};
    struct process *c = process_start(words, why, sizeof why);
    assert_non_null(c);
    return c;
}

static void expect_line(struct process *c, const char *text)
{
    struct process_event event;
    assert_int_equal(process_wait(&c, 1, in_ms(20000), &event), PROCESS_LINE);
    assert_ptr_equal(event.process, c);
    assert_string_equal(event.line, text);
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
    char why[256];
    memcpy(all + 2, words, sizeof words);
    struct process *c = process_start(all, why, sizeof why);
    assert_non_null(c);
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
    struct process *c = start("hang");
    char text[64];
    expect_line(c, "here");
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

int main(int argc, char **argv)
{
    platform_arguments(&argc, &argv);
    json_lines_init();
    if (argc > 1)
        be_other(argc, argv);
    self = file_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_exit_code),
        cmocka_unit_test(closed_input_is_seen),
        cmocka_unit_test(any_argument_arrives),
        cmocka_unit_test(long_and_many_lines),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(deadline_holds_and_kill_ends_it),
        cmocka_unit_test(crash_has_a_name),
        cmocka_unit_test(absent_program_says_why),
#ifndef _WIN32
        cmocka_unit_test(what_is_no_program_is_not_run_by_a_shell),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
