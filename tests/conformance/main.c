/* conformance MODEL SERVER [CASE]: runs one model of the built server through
 * the cases that hold for all; CASE (with * and ?) picks some. */
#include "cases.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/die.h"

#define CASE(name)                                                             \
    cmocka_unit_test_setup_teardown(case_##name, fixture_set_up,               \
                                    fixture_tear_down)

static const struct CMUnitTest main_cases[] = {
    CASE(protocol),
    CASE(one_byte),
    CASE(split),
    CASE(coalesced),
    CASE(larger_than_buffer),
    CASE(half_close),
    CASE(slow_reader),
    CASE(reset),
    CASE(ipv6),
    CASE(hundred_at_once),
    CASE(accept_burst),
    CASE(limit),
    CASE(vanish_in_backlog),
    CASE(come_and_go),
    CASE(stop_empty),
    CASE(stop_idle),
    CASE(stop_busy),
    CASE(stop_deaf),
    CASE(stop_by_eof),
    CASE(stop_twice),
};

int main(int argc, char **argv)
{
    static char path[1024];
    WSADATA data;
    DWORD size;
    int failed;
    if (argc < 3 || argc > 4) {
        fputs("usage: conformance MODEL SERVER [CASE]\n", stderr);
        return EXIT_BAD_INPUT;
    }
    /* Under Wine Meson gives a POSIX path: make it one of Windows. */
    size = GetFullPathNameA(argv[2], (DWORD)sizeof path, path, NULL);
    if (!size || size >= sizeof path ||
        GetFileAttributesA(path) == INVALID_FILE_ATTRIBUTES) {
        fprintf(stderr, "conformance: no server at %s: build it first\n",
                argv[2]);
        return EXIT_BAD_INPUT;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data))
        die("WSAStartup");
    fixture_model = argv[1];
    fixture_server_path = path;
    if (argc == 4)
        cmocka_set_test_filter(argv[3]);
    failed = cmocka_run_group_tests_name(argv[1], main_cases, NULL, NULL);
    WSACleanup();
    return failed ? EXIT_BAD_RUN : 0;
}
