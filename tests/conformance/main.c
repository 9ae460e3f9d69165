/* conformance MODEL SERVER [CASE]: runs one model of the built server through
 * the cases that hold for all; CASE (with * and ?) picks some.
 * conformance MODEL SERVER --seeds FROM..TO: random streams instead, a case a
 * seed; --seed N runs one again. */
#include "cases.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "common/errors.h"
#include "common/number.h"

static const struct CMUnitTest main_cases[] = {
#define CASE(name)                                                             \
    cmocka_unit_test_setup_teardown(case_##name, fixture_set_up,               \
                                    fixture_tear_down),
    CASES(CASE)
#undef CASE
};

enum { MAIN_SEEDS_MAX = 100000, MAIN_NAME = 32 };

struct main_seed {
    uint64_t seed;
    char name[MAIN_NAME];
};

static int main_streams(uint64_t from, uint64_t to)
{
    const size_t count = (size_t)(to - from + 1);
    struct CMUnitTest *tests = calloc_or_die(count, sizeof *tests);
    struct main_seed *seeds = calloc_or_die(count, sizeof *seeds);
    for (size_t i = 0; i < count; i++) {
        seeds[i].seed = from + i;
        snprintf(seeds[i].name, sizeof seeds[i].name, "--seed %llu",
                 (unsigned long long)seeds[i].seed);
        tests[i] = (struct CMUnitTest){.name = seeds[i].name,
                                       .test_func = streams_case,
                                       .setup_func = streams_set_up,
                                       .teardown_func = fixture_tear_down,
                                       .initial_state = &seeds[i].seed};
    }
    int failed =
        _cmocka_run_group_tests(fixture_model, tests, count, NULL, NULL);
    free(tests);
    free(seeds);
    return failed;
}

/* "7", "1..100" */
static bool main_range(char *text, uint64_t *from, uint64_t *to)
{
    char *dots = strstr(text, "..");
    if (dots)
        *dots = '\0';
    return number_count(text, from) &&
           number_count(dots ? dots + 2 : text, to) && *from <= *to &&
           *to - *from < MAIN_SEEDS_MAX;
}

/* What follows the model and the server. False: no such words. */
static bool main_run(int argc, char **argv, int *failed)
{
    uint64_t from, to;
    if (argc == 2 &&
        (!strcmp(argv[0], "--seed") || !strcmp(argv[0], "--seeds")) &&
        main_range(argv[1], &from, &to)) {
        *failed = main_streams(from, to);
        return true;
    }
    if (argc > 1 || (argc == 1 && argv[0][0] == '-'))
        return false;
    if (argc == 1)
        cmocka_set_test_filter(argv[0]);
    *failed =
        cmocka_run_group_tests_name(fixture_model, main_cases, NULL, NULL);
    return true;
}

static int main_usage(void)
{
    fputs("usage: conformance MODEL SERVER [CASE | --seed N | "
          "--seeds FROM..TO]\n",
          stderr);
    return EXIT_BAD_INPUT;
}

/* Under Wine Meson gives a POSIX path: makes it one of Windows. */
static bool main_path(const char *given, char *path, DWORD room)
{
    DWORD size = GetFullPathNameA(given, room, path, NULL);
    if (size && size < room &&
        GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES)
        return true;
    fprintf(stderr, "conformance: no server at %s: build it first\n", given);
    return false;
}

int main(int argc, char **argv)
{
    static char path[1024];
    WSADATA data;
    int failed = 0;
    bool ran;
    if (argc < 3)
        return main_usage();
    if (!main_path(argv[2], path, sizeof path))
        return EXIT_BAD_INPUT;
    if (WSAStartup(MAKEWORD(2, 2), &data))
        die("WSAStartup");
    fixture_model = argv[1];
    fixture_server_path = path;
    ran = main_run(argc - 3, argv + 3, &failed);
    WSACleanup();
    if (!ran)
        return main_usage();
    return failed ? EXIT_BAD_RUN : 0;
}
