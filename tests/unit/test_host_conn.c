#include "host.h"
#include "common/clock.h"
#include "common/process.h"

enum { BUFFER = 100, EXIT_DIED = 70 };

static const char *program;
static struct thread_stats *stats;
static struct conn *conn;

static int set_up(void **state)
{
    host_make(sizeof(struct conn), BUFFER, 4, false);
    stats = thread_stats_open(&host.srv);
    conn = host_take();
    assert_non_null(stats);
    return 0;
}

static uint64_t errors_of(DWORD code)
{
    return host_errors(&host.stats.errors, code);
}

static void assert_wants(enum conn_want want, ptrdiff_t at, ULONG bytes)
{
    assert_int_equal(conn->want, want);
    assert_int_equal(conn->io.buf - slot_buffer(&host.slots, conn->slot), at);
    assert_int_equal(conn->io.len, bytes);
}

static void test_first_wants_a_whole_buffer(void **state)
{
    assert_wants(CONN_RECV, 0, BUFFER);
}

static void test_received_is_sent(void **state)
{
    assert_int_equal(conn_advance(stats, conn, 7), CONN_SEND);
    assert_wants(CONN_SEND, 0, 7);
    assert_int_equal(conn_advance(stats, conn, 7), CONN_RECV);
    assert_wants(CONN_RECV, 0, BUFFER);
    assert_int_equal(host_count(COUNT_RECV_BYTES), 7);
    assert_int_equal(host_count(COUNT_SEND_BYTES), 7);
    assert_int_equal(host_count(COUNT_RECVS), 1);
    assert_int_equal(host_count(COUNT_SENDS), 1);
    assert_int_equal(host_count(COUNT_PARTIAL_SENDS), 0);
}

static void test_partial_sends_go_on_where_they_ended(void **state)
{
    conn_advance(stats, conn, BUFFER);
    assert_int_equal(conn_advance(stats, conn, 1), CONN_SEND);
    assert_wants(CONN_SEND, 1, BUFFER - 1);
    assert_int_equal(conn_advance(stats, conn, 0), CONN_SEND);
    assert_wants(CONN_SEND, 1, BUFFER - 1);
    assert_int_equal(conn_advance(stats, conn, BUFFER - 2), CONN_SEND);
    assert_wants(CONN_SEND, BUFFER - 1, 1);
    assert_int_equal(conn_advance(stats, conn, 1), CONN_RECV);
    assert_wants(CONN_RECV, 0, BUFFER);
    assert_int_equal(host_count(COUNT_SENDS), 4);
    assert_int_equal(host_count(COUNT_PARTIAL_SENDS), 3);
    assert_int_equal(host_count(COUNT_SEND_BYTES), BUFFER);
}

static void test_fin_closes_and_owes_nothing(void **state)
{
    assert_int_equal(conn_advance(stats, conn, 0), CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    assert_int_equal(host_count(COUNT_RECVS), 0);
    assert_int_equal(conn_advance(stats, conn, 0), CONN_CLOSE);
}

static void test_failure_while_receiving_owes_nothing(void **state)
{
    assert_int_equal(conn_fail(stats, conn, WSAECONNRESET), CONN_CLOSE);
    assert_int_equal(conn->want, CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    assert_int_equal(errors_of(WSAECONNRESET), 1);
}

static void test_failure_while_sending_owes_the_rest(void **state)
{
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
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    host.stopping = 1;
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    conn_fail(stats, conn, WSAECONNRESET);
    assert_int_equal(errors_of(WSA_OPERATION_ABORTED), 1);
    assert_int_equal(errors_of(WSAECONNRESET), 1);
}

static void test_blocked_is_counted_until_it_goes_on(void **state)
{
    conn_advance(stats, conn, 10);
    conn_blocked(stats, conn);
    conn_blocked(stats, conn);
    assert_int_equal(host_count(COUNT_BLOCKED_SENDS), 1);
    conn_advance(stats, conn, 5);
    conn_blocked(stats, conn);
    assert_int_equal(host_count(COUNT_BLOCKED_SENDS), 2);
}

static void test_counts_pass_32_bits(void **state)
{
    enum { BIG = 64 << 20, TIMES = 200 };
    host_make(sizeof(struct conn), BIG, 1, false);
    stats = thread_stats_open(&host.srv);
    conn = host_take();
    for (int i = 0; i < 2 * TIMES; i++)
        conn_advance(stats, conn, BIG);
    assert_true(host_count(COUNT_RECV_BYTES) == (uint64_t)BIG * TIMES);
    assert_true(host_count(COUNT_SEND_BYTES) == (uint64_t)BIG * TIMES);
}

static int overrun(void)
{
    void *state = NULL;
    set_up(&state);
    conn_advance(stats, conn, BUFFER + 1);
    return 0;
}

static void test_more_bytes_than_requested_end_the_program(void **state)
{
    const char *const argv[] = {program, "overrun", NULL};
    char why[256];
    struct process *child = process_start(argv, why, sizeof why);
    assert_non_null(child);
    assert_true(process_wait_exit(child, clock_ns() + INT64_C(60000000000)));
    assert_true(process_exited_with(child, EXIT_DIED));
    process_free(child);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc > 1 && strcmp(argv[1], "overrun") == 0)
        return overrun();
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, host_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_first_wants_a_whole_buffer),
        CASE(test_received_is_sent),
        CASE(test_partial_sends_go_on_where_they_ended),
        CASE(test_fin_closes_and_owes_nothing),
        CASE(test_failure_while_receiving_owes_nothing),
        CASE(test_failure_while_sending_owes_the_rest),
        CASE(test_cancelled_counts_only_while_serving),
        CASE(test_blocked_is_counted_until_it_goes_on),
        cmocka_unit_test_teardown(test_counts_pass_32_bits, host_tear_down),
        cmocka_unit_test(test_more_bytes_than_requested_end_the_program),
    };
    return cmocka_run_group_tests_name("host_conn", tests, NULL, NULL);
}
