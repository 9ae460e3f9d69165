#include "unit.h"
#include "common/clock.h"
#include "common/file.h"

#ifndef _WIN32
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include "common/win.h"
#endif

/* Not ASCII, with a blank: what people have. */
static char folder[128];

static char *in_folder(const char *name)
{
    return file_join(folder, name);
}

static void remove_folder(const char *path)
{
#ifdef _WIN32
    wchar_t *wide = wide_from(path), full[1024] = L"\\\\?\\";

    GetFullPathNameW(wide, 1000, full + 4, NULL);
    RemoveDirectoryW(full);
    free(wide);
#else
    rmdir(path);
#endif
}

static int make_folder(void **state)
{
    snprintf(folder, sizeof folder, "fs test \xC3\xA4\xE6\xB8\xAC %lld",
             (long long)clock_ns());
    return file_make_folders(folder) == 0 ? 0 : -1;
}

static int remove_it(void **state)
{
    remove_folder(folder);
    return file_is_folder(folder) ? -1 : 0;
}

static void drop(char *path)
{
    assert_int_equal(file_delete(path), 0);
    free(path);
}

static void expect_files(size_t wanted)
{
    struct words names;

    assert_int_equal(file_list(folder, "", &names), 0);
    assert_int_equal(names.count, wanted);
    words_free(&names);
}

static void expect_content(const char *path, const char *wanted, size_t size)
{
    char *data;
    size_t found;

    assert_int_equal(file_read(path, &data, &found), 0);
    assert_int_equal(found, size);
    assert_memory_equal(data, wanted, size);
    assert_int_equal(data[size], 0);
    free(data);
}

static void test_round_trip(void **state)
{
    static const char bytes[] = "a\0b\r\n\x1A\xFF";
    char *path = in_folder("round trip \xE2\x82\xAC.bin");

    assert_int_equal(file_write_new(path, bytes, sizeof bytes), 0);
    expect_content(path, bytes, sizeof bytes);
    assert_true(file_is_file(path));
    assert_false(file_is_folder(path));
    assert_true(file_exists(file_write_new(path, "second", 6)));
    expect_content(path, bytes, sizeof bytes);
    expect_files(1); /* no temporary is left */
    assert_int_equal(file_write_over(path, "third!", 6), 0);
    expect_content(path, "third!", 6);
    expect_files(1);
    assert_int_equal(file_delete(path), 0);
    assert_false(file_is_file(path));
    free(path);
}

#ifdef _WIN32
/* A path over MAX_PATH, as records in deep folders have. */
static void test_long_path(void **state)
{
    char name[161] = "", *below, *path;

    memset(name, 'n', sizeof name - 1);
    below = in_folder(name);
    path = file_join(below, name);
    assert_int_equal(file_make_folders(below), 0);
    assert_int_equal(file_write_new(path, "deep", 4), 0);
    expect_content(path, "deep", 4);
    drop(path);
    remove_folder(below);
    assert_false(file_is_folder(below));
    free(below);
}
#else
static void test_not_a_file(void **state)
{
    char *pipe_path = in_folder("pipe.json"), text[8] = "", *data;
    struct stat status;
    size_t size;

    assert_int_equal(file_write_over("/dev/null", "some", 4), 0);
    assert_true(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode));
    assert_int_equal(file_write_over("/dev/full", "some", 4), ENOSPC);
    assert_int_equal(file_read("/dev/zero", &data, &size), EINVAL);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    alarm(30); /* nobody writes to the pipe: reading it would wait */
    assert_int_equal(file_read(pipe_path, &data, &size), EINVAL);
    alarm(0);
    int file = open(pipe_path, O_RDWR | O_NONBLOCK);
    assert_int_equal(file_write_over(pipe_path, "some", 4), 0);
    assert_int_equal(read(file, text, sizeof text), 4);
    assert_true(stat(pipe_path, &status) == 0 && S_ISFIFO(status.st_mode));
    expect_files(0); /* pipes are not listed */
    close(file);
    drop(pipe_path);
}

static void test_links(void **state)
{
    char *target = in_folder("target"), *link = in_folder("link");
    char *nowhere = in_folder("nowhere");
    struct stat status;

    assert_int_equal(file_write_over(target, "new", 3), 0);
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(symlink("none", nowhere), 0);
    assert_int_equal(file_write_over(link, "newer", 5), 0);
    expect_content(target, "newer", 5);
    assert_true(lstat(link, &status) == 0 && S_ISLNK(status.st_mode));
    expect_files(3); /* without a temporary */
    drop(target);
    drop(link);
    drop(nowhere);
}

/* A disk that fills up: the limit on file sizes fails the same write. */
static void test_no_room(void **state)
{
    enum { LIMIT = 4096, SIZE = 100000 };
    char *path = in_folder("too big.json"), *data = calloc(SIZE, 1);
    struct rlimit before, small;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = LIMIT;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(file_write_over(path, "before", 6), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_not_equal(file_write_over(path, data, SIZE), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_content(path, "before", 6);
    expect_files(1);
    drop(path);
    free(data);
}
#endif

static void test_list(void **state)
{
    static const char *const files[] = {"b.json", "a.json", "c.txt",
                                        "a.json.1-1.part"};
    struct words names;
    char *path[COUNT(files)];

    for (size_t i = 0; i < COUNT(files); i++) {
        path[i] = in_folder(files[i]);
        assert_int_equal(file_write_new(path[i], "", 0), 0);
    }
    assert_int_equal(file_list(folder, ".json", &names), 0);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.word[0], "a.json");
    assert_string_equal(names.word[1], "b.json");
    words_free(&names);
    for (size_t i = 0; i < COUNT(files); i++)
        drop(path[i]);
}

static void test_folders(void **state)
{
    struct words names;
    char *data, *file = in_folder("file"), *below = in_folder("file/below");
    size_t size;

    assert_int_equal(file_make_folders(folder), 0); /* again */
    assert_int_equal(file_write_new(file, "x", 1), 0);
    assert_int_not_equal(file_make_folders(file), 0);
    assert_int_not_equal(file_make_folders(below), 0);
    assert_int_not_equal(file_read(below, &data, &size), 0);
    assert_int_not_equal(file_write_new(below, "x", 1), 0);
    assert_int_not_equal(file_list(below, "", &names), 0);
    drop(file);
    free(below);
}

static void test_paths(void **state)
{
    static const char *const rows[][3] = {{"a", "b", "a/b"},
                                          {"a/", "b", "a/b"},
                                          {"a", "/b", "/b"},
                                          {"", "b", "b"}};
    char *program = file_program();

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *joined = file_join(rows[i][0], rows[i][1]);

        assert_string_equal(joined, rows[i][2]);
        free(joined);
    }
    assert_string_equal(file_name("a/b/c.json"), "c.json");
    assert_string_equal(file_name("c.json"), "c.json");
    assert_string_equal(file_name("a/"), "");
    assert_non_null(program);
    assert_true(file_is_file(program));
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip), TEST(test_list),
        TEST(test_folders),    TEST(test_paths),
#ifdef _WIN32
        TEST(test_long_path),
#else
        TEST(test_not_a_file), TEST(test_links), TEST(test_no_room),
#endif
    };

    return cmocka_run_group_tests(tests, make_folder, remove_it);
}
