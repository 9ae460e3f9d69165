#ifndef _WIN32
#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>
#define ERROR_OF(name) E##name
#else
#define ERROR_OF(name) WSAE##name
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

static void test_targets(void **state)
{
    static const struct {
        const char *text, *shown; /* NULL: bad */
        uint16_t port;
    } rows[] = {
        {"127.0.0.1:5000", "127.0.0.1", 5000},
        {"[::1]:65535", "::1", 65535},
        {"localhost:1", "127.0.0.1", 1},
        {"", NULL, 0},
        {"127.0.0.1", NULL, 0},
        {"127.0.0.1:", NULL, 0},
        {"127.0.0.1:0", NULL, 0},
        {"1.2.3.4:65536", NULL, 0},
        {"h:12x", NULL, 0},
        {":5000", NULL, 0},
        {"::1:5000", NULL, 0},
        {"[]:5000", NULL, 0},
        {"a b c:5", NULL, 0},
        {"[::1]5", NULL, 0},
        {"127.0.0.1:-1", NULL, 0},
        {"[::1]", NULL, 0},
        {"1.2.3.4:99999999999999999999", NULL, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct endpoint e;
        /* Where IPv6 has the port too. */
        const struct sockaddr_in *in = (struct sockaddr_in *)&e.address;
        char text[ENDPOINT_TEXT];

        assert_int_equal(endpoint_parse(rows[i].text, &e),
                         rows[i].shown != NULL);
        if (rows[i].shown == NULL)
            continue;
        assert_string_equal(endpoint_show(&e, text), rows[i].shown);
        assert_int_equal(ntohs(in->sin_port), rows[i].port);
    }
}

static void test_sources(void **state)
{
    /* The last is of the network for documentation, not this machine's. */
    static const char *const bad[] = {"", "127.0.0.1,", "localhost", "::1",
                                      "192.0.2.1"};
    struct endpoint target;
    static struct sources sources;
    char text[ENDPOINT_TEXT];

    assert_true(endpoint_parse("127.0.0.1:5000", &target));
    assert_true(sources_parse("127.0.0.1,127.0.0.2", &target, &sources));
    assert_int_equal(sources.count, 2);
    assert_string_equal(endpoint_show(&sources.each[1], text), "127.0.0.2");
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(sources_parse(bad[i], &target, &sources));
}

static void test_try(void **state)
{
    struct endpoint any = {.size = 0}, here, absent;

    assert_true(endpoint_parse("127.0.0.1:5000", &here));
    assert_true(endpoint_parse("192.0.2.1:5000", &absent));
    assert_int_equal(endpoint_try(SOCK_DGRAM, &any, &here), 0);
    assert_int_equal(
        outcome_of(endpoint_try(SOCK_STREAM, &absent, &any), false),
        OUTCOME_NO_PORTS);
}

/* Enough for all, different from run to run, all in 127.0.0.1 to .254. */
static void test_default_sources(void **state)
{
    static struct sources sources;
    struct endpoint target;
    char text[ENDPOINT_TEXT];

    assert_true(endpoint_parse("127.0.0.1:5000", &target));
    sources_default(&target, 1, 0, &sources);
    assert_int_equal(sources.count, 1);
    assert_string_equal(endpoint_show(&sources.each[0], text), "127.0.0.1");
    sources_default(&target, 4001, 253, &sources);
    assert_true(sources.count >= 2);
    assert_string_equal(endpoint_show(&sources.each[0], text), "127.0.0.254");
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
    static const struct {
        uint32_t error;
        bool established;
        enum counter outcome;
    } rows[] = {
        {ERROR_OF(CONNREFUSED), false, OUTCOME_REFUSED},
        {ERROR_OF(TIMEDOUT), false, OUTCOME_TIMED_OUT},
        {ERROR_OF(TIMEDOUT), true, OUTCOME_UNSERVED},
        {ERROR_OF(CONNRESET), true, OUTCOME_RESET},
        {ERROR_OF(NOBUFS), false, OUTCOME_NO_BUFFERS},
        {ERROR_OF(ADDRNOTAVAIL), false, OUTCOME_NO_PORTS},
        {ERROR_OF(MFILE), false, OUTCOME_NO_FILES},
        {ERROR_OF(HOSTUNREACH), false, OUTCOME_UNREACHABLE},
        {999999, false, OUTCOME_OTHER},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(outcome_of(rows[i].error, rows[i].established),
                         rows[i].outcome);
}

#ifndef _WIN32
static void test_connection_to_itself(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t size = sizeof in;
    int self = socket(AF_INET, SOCK_STREAM, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    struct endpoint to = {.size = (int)size}, from = to;

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(self, (struct sockaddr *)&in, size), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&in, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(self, (struct sockaddr *)&in, &size), 0);
    assert_int_equal(connect(self, (struct sockaddr *)&in, size), 0);
    memcpy(&to.address, &in, size);
    assert_true(connect_to_itself((uintptr_t)self, &(struct endpoint){0}, &to));
    assert_true(connect_to_itself((uintptr_t)self, &to, &to));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    memcpy(&from.address, &in, size);
    assert_false(connect_to_itself((uintptr_t)self, &from, &to));
    assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &size), 0);
    assert_int_equal(connect(other, (struct sockaddr *)&in, size), 0);
    assert_false(
        connect_to_itself((uintptr_t)other, &(struct endpoint){0}, &to));
    close(self);
    close(other);
    close(listener);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
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
