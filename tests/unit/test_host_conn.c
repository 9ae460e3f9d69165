#include "host.h"
#include "common/clock.h"
#include "common/process.h"

enum { BUFFER = 100, EXIT_DIED = 70 };

static const char *program;
static struct thread_stats *stats;
static struct conn *conn;

static int set_up_with(uint32_t transfers)
{
    host_make(sizeof(struct conn), BUFFER, transfers, 4, false);
    stats = thread_stats_open(&host.srv);
    conn = host_take();
    assert_non_null(stats);
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(1);
}

static int set_up_transfers(void **state)
{
    return set_up_with(3);
}

enum call { END, ADVANCE, FAIL, BLOCKED };

struct step {
    enum call call;
    DWORD value; /* bytes, or the error */
    enum conn_want want;
    int at; /* in the buffer */
    ULONG bytes;
};

/* In the order of the counts below. */
static const enum count kinds[] = {COUNT_RECVS,         COUNT_RECV_BYTES,
                                   COUNT_SENDS,         COUNT_SEND_BYTES,
                                   COUNT_PARTIAL_SENDS, COUNT_BLOCKED_SENDS};

static const struct {
    struct step steps[6];
    uint64_t counts[COUNT(kinds)], resets;
} echoes[] = {
    /* What was received is sent. */
    {{{ADVANCE, 7, CONN_SEND, 0, 7}, {ADVANCE, 7, CONN_RECV, 0, 100}},
     {1, 7, 1, 7, 0, 0},
     0},
    /* Partial sends go on where they ended. */
    {{{ADVANCE, 100, CONN_SEND, 0, 100},
      {ADVANCE, 1, CONN_SEND, 1, 99},
      {ADVANCE, 0, CONN_SEND, 1, 99},
      {ADVANCE, 98, CONN_SEND, 99, 1},
      {ADVANCE, 1, CONN_RECV, 0, 100}},
     {1, 100, 4, 100, 3, 0},
     0},
    /* A FIN closes, and nothing is owed. */
    {{{ADVANCE, 0, CONN_CLOSE, 0, 0}, {ADVANCE, 0, CONN_CLOSE, 0, 0}}, {0}, 0},
    /* So does a failure while receiving; while sending, the rest is owed. */
    {{{FAIL, WSAECONNRESET, CONN_CLOSE, 0, 0}}, {0}, 1},
    {{{ADVANCE, 10, CONN_SEND, 0, 10},
      {ADVANCE, 4, CONN_SEND, 4, 6},
      {FAIL, WSAECONNRESET, CONN_CLOSE, 4, 6},
      {FAIL, WSAENOBUFS, CONN_CLOSE, 4, 6}},
     {1, 10, 1, 4, 1, 0},
     1},
    /* A blocked send is counted once until it goes on. */
    {{{ADVANCE, 10, CONN_SEND, 0, 10},
      {BLOCKED, 0, CONN_SEND, 0, 10},
      {BLOCKED, 0, CONN_SEND, 0, 10},
      {ADVANCE, 5, CONN_SEND, 5, 5},
      {BLOCKED, 0, CONN_SEND, 5, 5}},
     {1, 10, 1, 5, 1, 2},
     0},
};

static void take_step(const struct step *step)
{
    if (step->call == ADVANCE)
        assert_int_equal(conn_advance(stats, conn, step->value), step->want);
    else if (step->call == FAIL)
        assert_int_equal(conn_fail(stats, conn, step->value), step->want);
    else
        conn_blocked(stats, conn);
    assert_int_equal(conn->want, step->want);
    assert_int_equal(conn->io.buf - slot_buffer(&host.slots, conn->slot),
                     step->at);
    assert_int_equal(conn->io.len, step->bytes);
}

static void test_echo(void **state)
{
    for (size_t i = 0; i < COUNT(echoes); i++) {
        set_up(state);
        assert_int_equal(conn->want, CONN_RECV);
        assert_int_equal(conn->io.len, BUFFER);
        for (size_t k = 0; echoes[i].steps[k].call != END; k++)
            take_step(&echoes[i].steps[k]);
        for (size_t k = 0; k < COUNT(kinds); k++)
            assert_int_equal(host_count(kinds[k]), echoes[i].counts[k]);
        assert_int_equal(host_errors(&host.stats.errors, WSAECONNRESET),
                         echoes[i].resets);
        host_tear_down(NULL);
    }
}

static void test_cancelled_counts_only_while_serving(void **state)
{
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    host.stopping = 1;
    conn_fail(stats, conn, WSA_OPERATION_ABORTED);
    conn_fail(stats, conn, WSAECONNRESET);
    assert_int_equal(host_errors(&host.stats.errors, WSA_OPERATION_ABORTED), 1);
    assert_int_equal(host_errors(&host.stats.errors, WSAECONNRESET), 1);
}

static void test_a_buffer_is_lent_while_bytes_are_owed(void **state)
{
    host_make_lending(sizeof(struct conn), BUFFER, 1, 4, POOL_LOOKASIDE, false);
    stats = thread_stats_open(&host.srv);
    conn = host_take();
    for (int turn = 1; turn <= 2; turn++) {
        assert_int_equal(conn->io.len, 0);
        conn_repay(stats, conn);
        assert_true(conn_borrow(stats, conn));
        assert_true(conn_borrow(stats, conn)); /* has one */
        assert_int_equal(conn->io.len, BUFFER);
        conn_advance(stats, conn, 10);
        conn_advance(stats, conn, 4);
        conn_repay(stats, conn); /* owes six bytes */
        assert_true(conn_borrow(stats, conn));
        assert_int_equal(conn->io.len, 6);
        conn_advance(stats, conn, 6);
        assert_int_equal(conn->io.len, BUFFER);
        conn_repay(stats, conn);
        assert_int_equal(host_count(COUNT_BORROWS), turn);
        assert_int_equal(host_count(COUNT_REPAYS), turn);
    }
#ifndef _WIN32
    struct conn *other = host_take();
    assert_true(conn_borrow(stats, other));
    host.slots.buffers.ready = 1; /* of a step that holds many */
    win_commits_left = 0;
    assert_false(conn_borrow(stats, conn));
    win_commits_left = -1;
    assert_int_equal(conn->want, CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    assert_int_equal(host_errors(&host.stats.errors, ERROR_NOT_ENOUGH_MEMORY),
                     1);
#endif
}

/* Half as much each time, to 512 bytes; a send is not cut. */
static void test_ladder(void **state)
{
    static const ULONG lengths[] = {2048, 1024, 512};
    host_make(sizeof(struct conn), 4096, 1, 4, false);
    stats = thread_stats_open(&host.srv);
    host.options.ladder = true;
    conn = host_take();
    for (size_t i = 0; i < COUNT(lengths); i++) {
        assert_int_equal(conn_fail(stats, conn, WSAENOBUFS), CONN_RECV);
        assert_int_equal(conn->io.len, lengths[i]);
    }
    conn_advance(stats, conn, 512);
    conn_advance(stats, conn, 512);
    assert_int_equal(conn->io.len, 4096);
    assert_int_equal(conn_fail(stats, conn, WSAENOBUFS), CONN_RECV);
    assert_int_equal(conn_fail(stats, conn, WSAECONNRESET), CONN_CLOSE);
    conn = host_take();
    conn_advance(stats, conn, 4000);
    assert_int_equal(conn_fail(stats, conn, WSAENOBUFS), CONN_CLOSE);
    assert_int_equal(conn->io.len, 4000);
    assert_int_equal(host_count(COUNT_CUT), 4);
    assert_int_equal(host_errors(&host.stats.errors, WSAENOBUFS), 5);
    host.options.ladder = false;
    conn = host_take();
    assert_int_equal(conn_fail(stats, conn, WSAENOBUFS), CONN_CLOSE);
}

/* At every third message that was received, by this thread. */
static void test_work(void **state)
{
    for (int blocks = 0; blocks <= 1; blocks++) {
        host_make(sizeof(struct conn), BUFFER, 1, 4, false);
        host.options.work = (struct option_work){blocks, 20000, 3};
        stats = thread_stats_open(&host.srv);
        conn = host_take();
        for (int turn = 1; turn <= 6; turn++) {
            int64_t begin = clock_ns();
            conn_advance(stats, conn, 10);
            assert_true(turn % 3 != 0 || clock_ns() - begin >= 19000000);
            assert_int_equal(conn_advance(stats, conn, 10), CONN_RECV);
            assert_int_equal(stats->work_in, 3 - turn % 3);
        }
        assert_int_equal(conn_advance(stats, conn, 0), CONN_CLOSE);
        assert_int_equal(stats->work_in, 3);
        host_tear_down(NULL);
    }
}

static void test_counts_pass_32_bits(void **state)
{
    enum { BIG = 64 << 20, TIMES = 200 };
    host_make(sizeof(struct conn), BIG, 1, 1, false);
    stats = thread_stats_open(&host.srv);
    conn = host_take();
    for (int i = 0; i < 2 * TIMES; i++)
        conn_advance(stats, conn, BIG);
    assert_true(host_count(COUNT_RECV_BYTES) == (uint64_t)BIG * TIMES);
    assert_true(host_count(COUNT_SEND_BYTES) == (uint64_t)BIG * TIMES);
}

/* Each has its buffer; a partial send goes on; a FIN is that transfer's. */
static void test_transfers(void **state)
{
    enum { TRANSFERS = 3 };
    struct xfer x[TRANSFERS];
    char *const first = slot_buffer(&host.slots, conn->slot);
    for (uint32_t i = 0; i < TRANSFERS; i++) {
        xfer_open(stats, conn, &x[i], i);
        assert_int_equal(x[i].want, CONN_RECV);
        assert_ptr_equal(x[i].io.buf, first + (size_t)BUFFER * i);
        assert_int_equal(x[i].io.len, BUFFER);
    }
    assert_int_equal(xfer_advance(stats, conn, &x[2], 30), CONN_SEND);
    assert_int_equal(xfer_advance(stats, conn, &x[2], 10), CONN_SEND);
    assert_ptr_equal(x[2].io.buf, first + (size_t)2 * BUFFER + 10);
    assert_int_equal(x[2].io.len, 20);
    assert_int_equal(xfer_advance(stats, conn, &x[2], 20), CONN_RECV);
    assert_ptr_equal(x[2].io.buf, first + (size_t)2 * BUFFER);
    assert_int_equal(xfer_advance(stats, conn, &x[0], 0), CONN_CLOSE);
    assert_int_equal(conn->want, CONN_RECV);
    assert_int_equal(host_count(COUNT_SEND_BYTES), 30);
}

/* One error of a connection, and what is owed, in whatever order they end. */
static void test_transfers_fail_once(void **state)
{
    struct xfer x[2];
    host.options.ladder = true; /* which is not for them */
    for (uint32_t i = 0; i < COUNT(x); i++)
        xfer_open(stats, conn, &x[i], i);
    xfer_fail(stats, conn, &x[0], WSAENOBUFS);
    assert_int_equal(conn->want, CONN_CLOSE);
    assert_int_equal(conn->io.len, 0);
    xfer_advance(stats, conn, &x[1], 50);
    xfer_fail(stats, conn, &x[1], WSAENOBUFS);
    assert_int_equal(conn->io.len, 50);
    assert_int_equal(host_errors(&host.stats.errors, WSAENOBUFS), 1);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test_setup_teardown(
            test_cancelled_counts_only_while_serving, set_up, host_tear_down),
        cmocka_unit_test_setup_teardown(test_transfers, set_up_transfers,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(test_transfers_fail_once,
                                        set_up_transfers, host_tear_down),
        cmocka_unit_test_teardown(test_a_buffer_is_lent_while_bytes_are_owed,
                                  host_tear_down),
        cmocka_unit_test(test_work),
        cmocka_unit_test_teardown(test_ladder, host_tear_down),
        cmocka_unit_test_teardown(test_counts_pass_32_bits, host_tear_down),
        cmocka_unit_test(test_more_bytes_than_requested_end_the_program),
    };
    return cmocka_run_group_tests_name("host_conn", tests, NULL, NULL);
}
