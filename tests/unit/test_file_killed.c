/* Files written by programs that are killed meanwhile, and by several into one
 * folder at the same time. The other side is this program itself, by its first
 * argument. */
#include "unit.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/number.h"
#include "common/process.h"
#include "runner/platform.h"

enum {
    KILLS = 25,
    KILL_WITHIN_US = 30000,
    WRITERS = 4,
    RACES = 60,
    HEAD = 9, /* "12345678\n": how many letters follow */
    LETTERS_MAX = 300000,
    WAIT_MS = 30000
};

static const char *self;
static const char folder[] = "killed writers";

/* --- the other side ------------------------------------------------------ */

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

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

static void be_writer(const char *where, const char *seed)
{
    struct random random = {strtoull(seed, NULL, 10)};
    char *over = file_join(where, "over.json");

    say("here");
    for (unsigned i = 0;; i++) {
        char name[64], *path;
        size_t size;
        char *content = make_content(&random, &size);

        snprintf(name, sizeof name, "new-%s-%u.json", seed, i);
        path = file_join(where, name);
        if (file_write_over(over, content, size) != 0 ||
            file_write_new(path, content, size) != 0)
            exit(4);
        free(path);
        free(content);
    }
}

/* Tells how many of the names it was the first to write. */
static void be_racer(const char *where, const char *seed)
{
    struct random random = {strtoull(seed, NULL, 10)};
    unsigned won = 0;
    char line[32];

    say("here");
    if (!json_lines_read(line, sizeof line)) /* "go" */
        exit(5);
    for (unsigned i = 0; i < RACES; i++) {
        char name[64], *path, *content;
        uint32_t code;
        size_t size;

        snprintf(name, sizeof name, "same-%u.json", i);
        path = file_join(where, name);
        content = make_content(&random, &size);
        code = file_write_new(path, content, size);
        if (code != 0 && !file_exists(code))
            exit(6);
        won += code == 0;
        free(content);
        free(path);
    }
    snprintf(line, sizeof line, "%u", won);
    say(line);
    exit(0);
}

/* --- this side ----------------------------------------------------------- */

static struct process *start(const char *what, const char *where,
                             const char *seed)
{
    const char *words[] = {self, what, where, seed, NULL};
    char why[256];
    struct process *c = process_start(words, why, sizeof why);

    if (c == NULL)
        fail_msg("%s", why);
    return c;
}

static unsigned long expect_line(struct process *c, const char *text)
{
    int64_t deadline = clock_ns() + (int64_t)WAIT_MS * 1000000;
    struct process_event event;

    assert_int_equal(process_wait(&c, 1, deadline, &event), PROCESS_LINE);
    if (text != NULL)
        assert_string_equal(event.line, text);
    return strtoul(event.line, NULL, 10);
}

static void check_whole(const char *name)
{
    char *path = file_join(folder, name), *data;
    size_t size;

    assert_int_equal(file_read(path, &data, &size), 0);
    if (size < HEAD || strtoul(data, NULL, 10) != size - HEAD)
        fail_msg("%s has %lu bytes and begins with %.9s", name,
                 (unsigned long)size, data);
    for (size_t i = HEAD; i < size; i++)
        assert_int_equal(data[i], data[HEAD]);
    free(data);
    free(path);
}

static size_t check_all(const char *suffix)
{
    struct file_names names;
    size_t count;

    assert_int_equal(file_list(folder, suffix, &names), 0);
    count = names.count;
    for (size_t i = 0; i < count; i++)
        check_whole(names.name[i]);
    file_names_free(&names);
    return count;
}

static void empty_folder(void)
{
    struct file_names names;

    assert_int_equal(file_list(folder, "", &names), 0);
    for (size_t i = 0; i < names.count; i++) {
        char *path = file_join(folder, names.name[i]);

        assert_int_equal(file_delete(path), 0);
        free(path);
    }
    file_names_free(&names);
}

static void killed_while_writing(void **state)
{
    struct random random = {20261122};
    size_t written = 0;

    for (unsigned i = 0; i < KILLS; i++) {
        char seed[16];
        struct process *c;

        snprintf(seed, sizeof seed, "%u", i);
        c = start("writer", folder, seed);
        expect_line(c, "here");
        clock_sleep_ms((uint32_t)random_below(&random, KILL_WITHIN_US) / 1000);
        process_free(c); /* kills it */
        written = check_all(".json");
    }
    assert_true(written > 0);
    empty_folder();
}

static void racing_for_names(void **state)
{
    struct process *c[WRITERS];
    unsigned long won = 0;

    for (unsigned i = 0; i < WRITERS; i++) {
        char seed[16];

        snprintf(seed, sizeof seed, "%u", 100 + i);
        c[i] = start("racer", folder, seed);
        expect_line(c[i], "here");
    }
    for (unsigned i = 0; i < WRITERS; i++)
        assert_true(process_write(c[i], "go"));
    for (unsigned i = 0; i < WRITERS; i++) {
        won += expect_line(c[i], NULL);
        process_free(c[i]);
    }
    assert_int_equal(won, RACES);
    assert_int_equal(check_all(""), RACES);
    empty_folder();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_while_writing),
        cmocka_unit_test(racing_for_names),
    };

    platform_arguments(&argc, &argv);
    json_lines_init();
    if (argc > 3 && strcmp(argv[1], "writer") == 0)
        be_writer(argv[2], argv[3]);
    if (argc > 3 && strcmp(argv[1], "racer") == 0)
        be_racer(argv[2], argv[3]);
    self = file_program();
    if (file_make_folders(folder) != 0)
        return 1;
    empty_folder();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
