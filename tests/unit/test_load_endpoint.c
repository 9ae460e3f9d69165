#ifndef _WIN32
#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>
#endif

#include "unit.h"
#include "clients/endpoint.h"

static int setup(void **state)
{
#ifdef _WIN32
    WSADATA data;

    return WSAStartup(MAKEWORD(2, 2), &data);
#else
    return 0;
#endif
}

static uint16_t port_of(const struct endpoint *endpoint)
{
    const struct sockaddr_in *in =
        (const struct sockaddr_in *)&endpoint->address;

    return ntohs(in->sin_port); /* where IPv6 has it too */
}

static void test_targets(void **state)
{
    struct endpoint e;
    char text[ENDPOINT_TEXT];

    assert_true(endpoint_parse("127.0.0.1:5000", &e));
    assert_int_equal(port_of(&e), 5000);
    assert_string_equal(endpoint_show(&e, text), "127.0.0.1");
    assert_true(endpoint_parse("[::1]:65535", &e));
    assert_int_equal(port_of(&e), 65535);
    assert_int_equal(e.address.ss_family, AF_INET6);
    assert_string_equal(endpoint_show(&e, text), "::1");
    assert_true(endpoint_parse("localhost:1", &e));
    assert_int_equal(e.address.ss_family, AF_INET);
}

static void test_bad_targets(void **state)
{
    static const char *const bad[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "1.2.3.4:65536",
        "h:12x",
        ":5000",
        "::1:5000",
        "[]:5000",
        "a b c:5",
        "[::1]5",
        "127.0.0.1:-1",
        "[::1]",
        "1.2.3.4:99999999999999999999",
    };
    struct endpoint e;

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(endpoint_parse(bad[i], &e));
}

static void test_sources(void **state)
{
    struct endpoint target;
    static struct sources sources;
    char text[ENDPOINT_TEXT];

    assert_true(endpoint_parse("127.0.0.1:5000", &target));
    assert_true(sources_parse("127.0.0.1,127.0.0.2", &target, &sources));
    assert_int_equal(sources.count, 2);
    assert_string_equal(endpoint_show(&sources.each[1], text), "127.0.0.2");
    assert_false(sources_parse("", &target, &sources));
    assert_false(sources_parse("127.0.0.1,", &target, &sources));
    assert_false(sources_parse("localhost", &target, &sources));
    assert_false(sources_parse("::1", &target, &sources));
    /* Of the network for documentation: this machine has none of it. */
    assert_false(sources_parse("192.0.2.1", &target, &sources));
}

static void test_try(void **state)
{
    struct endpoint any = {.size = 0}, here, absent;

    assert_true(endpoint_parse("127.0.0.1:5000", &here));
    assert_true(endpoint_parse("192.0.2.1:5000", &absent));
    assert_int_equal(endpoint_try(&any, &here), 0);
    assert_int_equal(outcome_of(endpoint_try(&absent, &any), false),
                     OUTCOME_NO_PORTS);
}

/* Enough for all, different from run to run, all in 127.0.0.1 to .254. */
static void test_default_sources(void **state)
{
    static struct sources sources;
    struct endpoint target;
    char first[ENDPOINT_TEXT], text[ENDPOINT_TEXT];

    assert_true(endpoint_parse("127.0.0.1:5000", &target));
    sources_default(&target, 1, 0, &sources);
    assert_int_equal(sources.count, 1);
    assert_string_equal(endpoint_show(&sources.each[0], text), "127.0.0.1");
    sources_default(&target, 4001, 253, &sources);
    assert_true(sources.count >= 2);
    endpoint_show(&sources.each[0], first);
    assert_string_equal(first, "127.0.0.254");
    assert_string_equal(endpoint_show(&sources.each[1], text), "127.0.0.1");
    sources_default(&target, 100000000, 7, &sources);
    assert_int_equal(sources.count, SOURCES_MAX);

    assert_true(endpoint_parse("[::1]:5000", &target));
    sources_default(&target, 50000, 0, &sources);
    assert_int_equal(sources.count, 1);
    assert_int_equal(sources.each[0].size, 0);
}

static void test_outcomes(void **state)
{
#ifdef _WIN32
    enum {
        REFUSED = WSAECONNREFUSED,
        TIMED_OUT = WSAETIMEDOUT,
        RESET = WSAECONNRESET,
        BUFFERS = WSAENOBUFS,
        PORTS = WSAEADDRNOTAVAIL,
        FILES = WSAEMFILE,
        UNREACHABLE = WSAEHOSTUNREACH
    };
#else
    enum {
        REFUSED = ECONNREFUSED,
        TIMED_OUT = ETIMEDOUT,
        RESET = ECONNRESET,
        BUFFERS = ENOBUFS,
        PORTS = EADDRNOTAVAIL,
        FILES = EMFILE,
        UNREACHABLE = ENETUNREACH
    };
#endif

    assert_int_equal(outcome_of(REFUSED, false), OUTCOME_REFUSED);
    assert_int_equal(outcome_of(TIMED_OUT, false), OUTCOME_TIMED_OUT);
    assert_int_equal(outcome_of(TIMED_OUT, true), OUTCOME_UNSERVED);
    assert_int_equal(outcome_of(RESET, true), OUTCOME_RESET);
    assert_int_equal(outcome_of(BUFFERS, false), OUTCOME_NO_BUFFERS);
    assert_int_equal(outcome_of(PORTS, false), OUTCOME_NO_PORTS);
    assert_int_equal(outcome_of(FILES, false), OUTCOME_NO_FILES);
    assert_int_equal(outcome_of(UNREACHABLE, false), OUTCOME_UNREACHABLE);
    assert_int_equal(outcome_of(999999, false), OUTCOME_OTHER);
}

#ifndef _WIN32
static void test_connection_to_itself(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t size = sizeof in;
    int self = socket(AF_INET, SOCK_STREAM, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int other = socket(AF_INET, SOCK_STREAM, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(self, (struct sockaddr *)&in, size), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&in, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(self, (struct sockaddr *)&in, &size), 0);
    assert_int_equal(connect(self, (struct sockaddr *)&in, size), 0);
    assert_true(connect_to_itself((uintptr_t)self));
    assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &size), 0);
    assert_int_equal(connect(other, (struct sockaddr *)&in, size), 0);
    assert_false(connect_to_itself((uintptr_t)other));
    close(self);
    close(other);
    close(listener);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_bad_targets),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_try),
        cmocka_unit_test(test_default_sources),
        cmocka_unit_test(test_outcomes),
#ifndef _WIN32
        cmocka_unit_test(test_connection_to_itself),
#endif
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
