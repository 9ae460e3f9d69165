#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fs.h"

#ifndef _WIN32
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
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
    return fs_join(folder, name);
}

static void remove_folder(const char *path)
{
#ifdef _WIN32
    WCHAR wide[512], full[1024] = L"\\\\?\\";

    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 512);
    GetFullPathNameW(wide, 1000, full + 4, NULL);
    RemoveDirectoryW(full);
#else
    rmdir(path);
#endif
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "fs test \xC3\xA4\xE6\xB8\xAC %lld",
             (long long)clock_ns());
    return fs_make_folders(folder) == 0 ? 0 : -1;
}

static int empty_folder(void **state)
{
    struct fs_names names;

    (void)state;
    if (fs_list(folder, "", &names) != 0)
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        char *path = in_folder(names.name[i]);

        fs_delete(path);
        free(path);
    }
    fs_names_free(&names);
    remove_folder(folder);
    return 0;
}

static size_t files_in_folder(void)
{
    struct fs_names names;
    size_t count;

    assert_int_equal(fs_list(folder, "", &names), 0);
    count = names.count;
    fs_names_free(&names);
    return count;
}

static void same_content(const char *path, const char *wanted, size_t size)
{
    char *data;
    size_t found;

    assert_int_equal(fs_read(path, &data, &found), 0);
    assert_int_equal(found, size);
    assert_memory_equal(data, wanted, size);
    assert_int_equal(data[size], 0);
    free(data);
}

static void test_round_trip(void **state)
{
    static const char bytes[] = "a\0b\r\n\x1A\xFF";
    char *path = in_folder("round trip \xE2\x82\xAC.bin");

    (void)state;
    assert_int_equal(fs_write_new(path, bytes, sizeof bytes), 0);
    same_content(path, bytes, sizeof bytes);
    assert_true(fs_is_file(path));
    assert_false(fs_is_folder(path));
    assert_int_equal(fs_delete(path), 0);
    assert_false(fs_is_file(path));
    free(path);
}

static void test_never_over(void **state)
{
    char *path = in_folder("kept.json");

    (void)state;
    assert_int_equal(fs_write_new(path, "first", 5), 0);
    assert_true(fs_exists(fs_write_new(path, "second", 6)));
    same_content(path, "first", 5);
    assert_int_equal(files_in_folder(), 1); /* no temporary is left */
    assert_int_equal(fs_write_over(path, "third!", 6), 0);
    same_content(path, "third!", 6);
    assert_int_equal(files_in_folder(), 1);
    fs_delete(path);
    free(path);
}

/* Those that were there stay, as does one with something in it. */
static void test_folders_undone(void **state)
{
    char *top = in_folder("made"), *below = in_folder("made/a/b");
    char *middle = in_folder("made/a/"), *file = in_folder("made/a/file");
    size_t there = fs_folders_there(below);

    (void)state;
    assert_int_equal(there, strlen(folder));
    assert_int_equal(fs_make_folders(below), 0);
    assert_int_equal(fs_folders_there(below), strlen(below));
    fs_remove_folders(below, there);
    assert_false(fs_is_folder(top));
    assert_true(fs_is_folder(folder));
    assert_int_equal(fs_make_folders(below), 0);
    assert_int_equal(fs_write_new(file, "", 0), 0);
    fs_remove_folders(below, there);
    assert_true(fs_is_file(file));
    assert_false(fs_is_folder(below));
    fs_delete(file);
    fs_remove_folders(middle, there);
    assert_false(fs_is_folder(top));
    free(middle);
    assert_int_equal(fs_folders_there("nowhere at all/a"), 0);
    free(top);
    free(below);
    free(file);
}

#ifdef _WIN32
static void test_not_a_file(void **state)
{
    (void)state;
    assert_int_equal(fs_write_over("NUL", "some", 4), 0);
    assert_int_equal(fs_write_over("nul", "some", 4), 0);
    assert_int_equal(files_in_folder(), 0);
}
#else
static void test_not_a_file(void **state)
{
    char *pipe_path = in_folder("pipe"), text[8] = "";
    struct stat status;

    (void)state;
    assert_int_equal(fs_write_over("/dev/null", "some", 4), 0);
    assert_true(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode));
    assert_int_equal(fs_write_over("/dev/full", "some", 4), ENOSPC);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int file = open(pipe_path, O_RDWR | O_NONBLOCK);
    assert_int_equal(fs_write_over(pipe_path, "some", 4), 0);
    assert_int_equal(read(file, text, sizeof text), 4);
    assert_true(stat(pipe_path, &status) == 0 && S_ISFIFO(status.st_mode));
    assert_int_equal(files_in_folder(), 0); /* pipes are not listed */
    close(file);
    fs_delete(pipe_path);
    free(pipe_path);
}

static void test_links_followed(void **state)
{
    char *target = in_folder("target"), *first = in_folder("first");
    char *second = in_folder("second"), *round = in_folder("round");
    struct stat status;

    (void)state;
    assert_int_equal(symlink("target", first), 0);
    assert_int_equal(symlink("first", second), 0);
    assert_int_equal(symlink("round", round), 0);
    assert_int_equal(fs_write_over(second, "new", 3), 0); /* it led nowhere */
    same_content(target, "new", 3);
    assert_int_equal(fs_write_over(second, "newer", 5), 0);
    same_content(target, "newer", 5);
    assert_true(lstat(first, &status) == 0 && S_ISLNK(status.st_mode));
    assert_true(lstat(second, &status) == 0 && S_ISLNK(status.st_mode));
    assert_int_equal(fs_write_over(round, "x", 1), ELOOP);
    assert_int_equal(files_in_folder(), 4); /* no temporary is left */
    fs_delete(target);
    fs_delete(first);
    fs_delete(second);
    fs_delete(round);
    free(target);
    free(first);
    free(second);
    free(round);
}
#endif

static void test_list(void **state)
{
    static const char *const files[] = {"b.json", "a.json", "c.txt",
                                        "a.json.1-1.part"};
    struct fs_names names;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char *path = in_folder(files[i]);

        assert_int_equal(fs_write_new(path, "", 0), 0);
        free(path);
    }
    assert_int_equal(fs_list(folder, ".json", &names), 0);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.name[0], "a.json");
    assert_string_equal(names.name[1], "b.json");
    fs_names_free(&names);
    for (size_t i = 0; i < 4; i++) {
        char *path = in_folder(files[i]);

        fs_delete(path);
        free(path);
    }
}

#ifndef _WIN32
/* Nobody writes to the pipe: whoever opened it as a file would wait. */
static void test_pipe(void **state)
{
    char *path = in_folder("pipe.json"), *link = in_folder("nowhere.json");
    char *data;
    struct fs_names names;
    size_t size;

    (void)state;
    alarm(30);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(symlink("none", link), 0);
    assert_true(fs_read(path, &data, &size) == FS_NOT_REGULAR);
    assert_true(fs_read("/dev/zero", &data, &size) == FS_NOT_REGULAR);
    assert_int_equal(fs_list(folder, ".json", &names), 0);
    assert_int_equal(names.count, 1); /* whoever reads it is told */
    assert_string_equal(names.name[0], "nowhere.json");
    fs_names_free(&names);
    fs_hold(path);
    fs_delete(path);
    fs_delete(link);
    alarm(0);
    free(path);
    free(link);
}
#endif

static void test_name(void **state)
{
    (void)state;
    assert_string_equal(fs_name("a/b/c.json"), "c.json");
    assert_string_equal(fs_name("c.json"), "c.json");
    assert_string_equal(fs_name("a/"), "");
}

/* A writer at work, as the system knows it. */
static void *begin_writing(const char *path)
{
#ifdef _WIN32
    WCHAR wide[512];

    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 512);
    return CreateFileW(wide, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
#else
    static int file;

    file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(flock(file, LOCK_EX | LOCK_NB), 0);
    return &file;
#endif
}

static void end_writing(void *writer)
{
#ifdef _WIN32
    CloseHandle(writer);
#else
    close(*(int *)writer);
#endif
}

static void test_sweep(void **state)
{
    static const char *const swept[] = {"a.json.17-1.part",
                                        "writable.4000000000-12.part"};
    static const char *const kept[] = {
        "a.json",    "17-1.part",  ".17-1.part",   "a.part",      "a.17.part",
        "a.-1.part", "a.17-.part", "a.x17-1.part", "a.17-1.party"};
    enum {
        SWEPT = sizeof swept / sizeof *swept,
        KEPT = sizeof kept / sizeof *kept
    };
    char *path = in_folder("b.json.18-1.part");
    void *writer = begin_writing(path);

    (void)state;
    for (size_t i = 0; i < SWEPT + KEPT; i++) {
        char *file = in_folder(i < SWEPT ? swept[i] : kept[i - SWEPT]);

        assert_int_equal(fs_write_new(file, "x", 1), 0);
        free(file);
    }
    fs_sweep(folder);
    assert_int_equal(files_in_folder(), KEPT + 1);
    assert_true(fs_is_file(path));
    end_writing(writer);
    fs_sweep(folder);
    assert_int_equal(files_in_folder(), KEPT);
    for (size_t i = 0; i < KEPT; i++) {
        char *file = in_folder(kept[i]);

        assert_int_equal(fs_delete(file), 0);
        free(file);
    }
    free(path);
}

static void test_absent(void **state)
{
    struct fs_names names;
    char *data, *path = in_folder("no/where/x");
    size_t size;

    (void)state;
    assert_int_not_equal(fs_read(path, &data, &size), 0);
    assert_int_not_equal(fs_write_new(path, "x", 1), 0);
    assert_int_not_equal(fs_list(path, "", &names), 0);
    assert_int_not_equal(fs_try_folder(path), 0);
    assert_int_equal(fs_try_folder(folder), 0);
    assert_int_equal(files_in_folder(), 0);
    free(path);
}

static void test_folders(void **state)
{
    char *file = in_folder("file"), *below = in_folder("file/below");

    (void)state;
    assert_int_equal(fs_make_folders(folder), 0); /* again */
    assert_int_equal(fs_write_new(file, "x", 1), 0);
    assert_int_not_equal(fs_make_folders(file), 0);
    assert_int_not_equal(fs_make_folders(below), 0);
    assert_true(fs_is_folder(folder));
    fs_delete(file);
    free(file);
    free(below);
}

static void test_join(void **state)
{
    char *joined = fs_join("a", "b"), *slash = fs_join("a/", "b");
    char *whole = fs_join("a", "/b"), *bare = fs_join("", "b");

    (void)state;
    assert_string_equal(joined, "a/b");
    assert_string_equal(slash, "a/b");
    assert_string_equal(whole, "/b");
    assert_string_equal(bare, "b");
    free(joined);
    free(slash);
    free(whole);
    free(bare);
}

static void test_program_folder(void **state)
{
    char *path = fs_program_folder();

    (void)state;
    assert_non_null(path);
    assert_true(fs_is_folder(path));
    free(path);
}

#ifdef _WIN32
/* A path over MAX_PATH, as records in deep folders have. */
static void test_long_path(void **state)
{
    char name[161], *below, *path;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    below = in_folder(name);
    path = fs_join(below, name);
    assert_int_equal(fs_make_folders(below), 0);
    assert_int_equal(fs_write_new(path, "deep", 4), 0);
    same_content(path, "deep", 4);
    assert_int_equal(fs_delete(path), 0);
    remove_folder(below);
    assert_false(fs_is_folder(below));
    free(path);
    free(below);
}
#else
/* A disk that fills up: the limit on file sizes fails the same write. */
static void test_no_room(void **state)
{
    enum { LIMIT = 4096, SIZE = 100000 };
    char *path = in_folder("too big.json"), *data = calloc(SIZE, 1);
    struct rlimit before, small;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = LIMIT;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_not_equal(fs_write_new(path, data, SIZE), 0);
    assert_int_not_equal(fs_write_over(path, data, SIZE), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(fs_write_over(path, "before", 6), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_not_equal(fs_write_over(path, data, SIZE), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    same_content(path, "before", 6);
    assert_int_equal(files_in_folder(), 1);
    fs_delete(path);
    free(data);
    free(path);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_never_over),
        cmocka_unit_test(test_list),
#ifndef _WIN32
        cmocka_unit_test(test_pipe),
#endif
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_program_folder),
        cmocka_unit_test(test_folders_undone),
        cmocka_unit_test(test_not_a_file),
#ifdef _WIN32
        cmocka_unit_test(test_long_path),
#else
        cmocka_unit_test(test_links_followed),
        cmocka_unit_test(test_no_room),
#endif
    };

    return cmocka_run_group_tests(tests, make_folder, empty_folder);
}
