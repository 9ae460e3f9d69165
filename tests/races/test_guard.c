/* --guard's pages: one byte too far is seen, and so is a touch of a buffer
 * whose connection was closed. What is caught is counted, then let through. */
#include "../unit/host.h"

#ifndef _WIN32
#include <signal.h>
#endif

enum { LIMIT = 8, PAGE = 4096 };

struct odd_conn {
    struct conn conn;
    unsigned char own[23];
};

static volatile unsigned caught;

static void let_through(void *at)
{
    void *page = (void *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
    DWORD before;
    caught++;
    /* Reserved, or committed and shut. */
    if (!VirtualAlloc(page, 1, MEM_COMMIT, PAGE_READWRITE) ||
        !VirtualProtect(page, 1, PAGE_READWRITE, &before))
        abort();
}

#ifdef _WIN32
static LONG CALLBACK on_fault(EXCEPTION_POINTERS *happened)
{
    const EXCEPTION_RECORD *record = happened->ExceptionRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    let_through((void *)record->ExceptionInformation[1]);
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void watch(void)
{
    static void *handler;
    if (!handler)
        handler = AddVectoredExceptionHandler(1, on_fault);
    assert_non_null(handler);
}
#else
static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    let_through(info->si_addr);
}

/* Within each test: cmocka has a handler of its own around it. */
static void watch(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_fault;
    assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
}
#endif

static void make(uint32_t buffer, bool guard)
{
    watch();
    host_make(sizeof(struct odd_conn), buffer, 1, LIMIT, guard);
}

/* How many accesses to the byte are caught; it is written and read. */
static unsigned touch(void *at)
{
    volatile unsigned char *byte = at;
    unsigned before = caught;
    *byte = 42;
    assert_int_equal(*byte, 42);
    return caught - before;
}

static void check_buffers(uint32_t size)
{
    make(size, true);
    for (int i = 0; i < LIMIT; i++) {
        struct conn *c = host_take();
        assert_int_equal(touch(c->io.buf), 0);
        assert_int_equal(touch(c->io.buf + size - 1), 0);
        assert_int_equal(touch(c->io.buf + size), 1);
        if (size % PAGE == 0) /* else there is room ahead of it */
            assert_int_equal(touch(c->io.buf - 1), i == 0 ? 1 : 0);
    }
    host_tear_down(NULL);
}

static void test_one_byte_behind_a_buffer(void **state)
{
    static const uint32_t sizes[] = {1, 100, 4095, 4096, 4097, 65536};
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_buffers(sizes[i]);
}

static void test_one_byte_ahead_of_a_buffer(void **state)
{
    make(PAGE, true);
    host_take();
    assert_int_equal(touch(host_take()->io.buf - 1), 1);
}

static void test_behind_a_struct(void **state)
{
    const size_t whole = (sizeof(struct odd_conn) + 15) / 16 * 16;
    make(64, true);
    for (int i = 0; i < LIMIT; i++) {
        unsigned char *c = (unsigned char *)host_take();
        assert_int_equal((uintptr_t)c % 16, 0);
        assert_int_equal(touch(c + sizeof(struct odd_conn) - 1), 0);
        assert_int_equal(touch(c + whole), 1);
    }
}

static void test_buffer_of_a_closed_connection(void **state)
{
    make(4096, true);
    struct conn *c = host_take();
    char *buffer = c->io.buf;
    assert_int_equal(touch(buffer + 7), 0);
    slot_give(&host.slots, c);
    assert_int_equal(touch(buffer + 7), 1);
    slot_give(&host.slots, host_take()); /* shut again */
    assert_int_equal(touch(buffer), 1);
    assert_ptr_equal(host_take()->io.buf, buffer);
    assert_int_equal(touch(buffer), 0);
}

static void test_buffer_that_was_repaid(void **state)
{
    DWORD why;
    watch();
    host_make_lending(sizeof(struct odd_conn), 4096, 1, LIMIT, POOL_LOOKASIDE,
                      true);
    struct conn *c = host_take();
    for (int turn = 0; turn < 2; turn++) {
        assert_true(slot_borrow(&host.slots, c, &why));
        char *buffer = c->io.buf;
        assert_int_equal(touch(buffer + 7), 0);
        slot_repay(&host.slots, c);
        assert_int_equal(touch(buffer + 7), 1);
        assert_true(slot_borrow(&host.slots, c, &why));
        slot_repay(&host.slots, c); /* shut again */
    }
}

static void test_nothing_is_caught_without(void **state)
{
    make(4096, false);
    struct conn *c = host_take();
    char *buffer = c->io.buf;
    assert_int_equal(touch(buffer + 4096), 0);
    slot_give(&host.slots, c);
    assert_int_equal(touch(buffer), 0);
}

#define CASE(test) cmocka_unit_test_teardown(test, host_tear_down)

RUN_TESTS(CASE(test_one_byte_behind_a_buffer),
          CASE(test_one_byte_ahead_of_a_buffer), CASE(test_behind_a_struct),
          CASE(test_buffer_of_a_closed_connection),
          CASE(test_buffer_that_was_repaid),
          CASE(test_nothing_is_caught_without))
