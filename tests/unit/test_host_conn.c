#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#ifdef _WIN32
#include <process.h>
#else
#include <sys/wait.h>
#include <unistd.h>
#endif

enum { BUFFER = 100, EXIT_DIED = 70 };

static const char *program;
static struct host host;
static struct thread_stats *stats;
static struct conn *conn;

static int set_up(void **state)
{
    DWORD why = 0;
    (void)state;
    host_make(&host, sizeof(struct conn), BUFFER, 4);
    stats = thread_stats_open(&host.srv);
    conn = slot_take(&host.slots, &why);
    assert_non_null(stats);
    assert_non_null(conn);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    host_close(&host);
    return 0;
}

static uint64_t count_of(enum count kind)
{
    uint64_t sum[COUNT_KINDS];
    stats_counts(&host.stats, sum);
    return sum[kind];
}

static uint64_t errors_of(DWORD code)
{
    for (uint32_t i = 0; i < host.stats.errors.used; i++)
        if (host.stats.errors.entry[i].code == code)
            return host.stats.errors.entry[i].count;
    return 0;
}

static void assert_wants(enum conn_want want, ptrdiff_t at, ULONG bytes)
{
    assert_int_equal(conn->want, want);
    assert_int_equal(conn->io.buf - slot_buffer(&host.slots, conn->slot), at);
    assert_int_equal(conn->io.len, bytes);
}

static void test_first_wants_a_whole_buffer(void **state)
{
    (void)state;
    assert_wants(CONN_RECV, 0, BUFFER);
}

static void test_received_is_sent(void **state)
{
    (void)state;
    assert_int_equal(conn_advance(stats, conn, 7), CONN_SEND);
    assert_wants(CONN_SEND, 0, 7);
    assert_int_equal(conn_advance(stats, conn, 7), CONN_RECV);
    assert_wants(CONN_RECV, 0, BUFFER);
    assert_int_equal(count_of(COUNT_RECV_BYTES), 7);
    assert_int_equal(count_of(COUNT_SEND_BYTES), 7);
    assert_int_equal(count_of(COUNT_RECVS), 1);
    assert_int_equal(count_of(COUNT_SENDS), 1);
    assert_int_equal(count_of(COUNT_PARTIAL_SENDS), 0);
}

static void test_partial_sends_go_on_where_they_ended(void **state)
{
    (void)state;
    conn_advance(stats, conn, BUFFER);
    assert_int_equal(conn_advance(stats, conn, 1), CONN_SEND);
    assert_wants(CONN_SEND, 1, BUFFER - 1);
    assert_int_equal(conn_advance(stats, conn, 0), CONN_SEND);
    assert_wants(CONN_SEND, 1, BUFFER - 1);
    assert_int_equal(conn_advance(stats, conn, BUFFER - 2), CONN_SEND);
    assert_wants(CONN_SEND, BUFFER - 1, 1);
    assert_int_equal(conn_advance(stats, conn, 1), CONN_RECV);
    assert_wants(CONN_RECV, 0, BUFFER);
    assert_int_equal(count_of(COUNT_SENDS), 4);
    assert_int_equal(count_of(COUNT_PARTIAL_SENDS), 3);
    assert_int_equal(count_of(COUNT_SEND_BYTES), BUFFER);
}

static void test_fin_closes_and_owes_nothing(void **state)
{
    (void)state;
    assert_int_equal(conn_advance(stats, conn, 0), CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    assert_int_equal(count_of(COUNT_RECVS), 0);
    assert_int_equal(conn_advance(stats, conn, 0), CONN_CLOSE);
}

static void test_failure_while_receiving_owes_nothing(void **state)
{
    (void)state;
    assert_int_equal(conn_fail(stats, conn, WSAECONNRESET), CONN_CLOSE);
    assert_int_equal(conn->want, CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    assert_int_equal(errors_of(WSAECONNRESET), 1);
}

static void test_failure_while_sending_owes_the_rest(void **state)
{
    (void)state;
    conn_advance(stats, conn, 10);
    conn_advance(stats, conn, 4);
    assert_int_equal(conn_fail(stats, conn, WSAECONNRESET), CONN_CLOSE);
    assert_int_equal(conn->io.len, 6);
    conn_fail(stats, conn, WSAENOBUFS);
    assert_int_equal(errors_of(WSAECONNRESET), 1);
    assert_int_equal(errors_of(WSAENOBUFS), 1);
}

static void test_cancelled_counts_only_while_serving(void **state)
{
    (void)state;
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    host.stopping = 1;
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    conn_fail(stats, conn, WSAECONNRESET);
    assert_int_equal(errors_of(WSA_OPERATION_ABORTED), 1);
    assert_int_equal(errors_of(WSAECONNRESET), 1);
}

static void test_blocked_is_counted_until_it_goes_on(void **state)
{
    (void)state;
    conn_advance(stats, conn, 10);
    conn_blocked(stats, conn);
    conn_blocked(stats, conn);
    assert_int_equal(count_of(COUNT_BLOCKED_SENDS), 1);
    conn_advance(stats, conn, 5);
    conn_blocked(stats, conn);
    assert_int_equal(count_of(COUNT_BLOCKED_SENDS), 2);
}

static void test_counts_pass_32_bits(void **state)
{
    enum { BIG = 64 << 20, TIMES = 200 };
    struct host big;
    DWORD why = 0;
    uint64_t sum[COUNT_KINDS];
    (void)state;
    host_make(&big, sizeof(struct conn), BIG, 1);
    struct thread_stats *w = thread_stats_open(&big.srv);
    struct conn *c = slot_take(&big.slots, &why);
    assert_non_null(c);
    for (int i = 0; i < 2 * TIMES; i++)
        conn_advance(w, c, BIG);
    stats_counts(&big.stats, sum);
    assert_true(sum[COUNT_RECV_BYTES] == (uint64_t)BIG * TIMES);
    assert_true(sum[COUNT_SEND_BYTES] == (uint64_t)BIG * TIMES);
    host_close(&big);
}

static int overrun(void)
{
    void *state = NULL;
    set_up(&state);
    conn_advance(stats, conn, BUFFER + 1);
    return 0;
}

/* This program again, which ends in overrun(). */
static int overrun_exit_code(void)
{
#ifdef _WIN32
    return (int)_spawnl(_P_WAIT, program, program, "overrun", NULL);
#else
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "overrun", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
#endif
}

static void test_more_bytes_than_asked_for_ends_the_program(void **state)
{
    (void)state;
    assert_int_equal(overrun_exit_code(), EXIT_DIED);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc > 1 && strcmp(argv[1], "overrun") == 0)
        return overrun();
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_first_wants_a_whole_buffer),
        CASE(test_received_is_sent),
        CASE(test_partial_sends_go_on_where_they_ended),
        CASE(test_fin_closes_and_owes_nothing),
        CASE(test_failure_while_receiving_owes_nothing),
        CASE(test_failure_while_sending_owes_the_rest),
        CASE(test_cancelled_counts_only_while_serving),
        CASE(test_blocked_is_counted_until_it_goes_on),
        CASE(test_counts_pass_32_bits),
        cmocka_unit_test(test_more_bytes_than_asked_for_ends_the_program),
    };
    return cmocka_run_group_tests_name("host_conn", tests, NULL, NULL);
}
