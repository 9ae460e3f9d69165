/* --guard's pages: one byte too far is seen, and so is a touch of a buffer
 * whose connection was closed. What is caught is counted, then let through. */
#include "../unit/host.h"

#include <stdlib.h>
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

static void make(struct host *h, uint32_t buffer, bool guard)
{
    watch();
    memset(h, 0, sizeof *h);
    h->srv.buffer_size = buffer;
    h->srv.max_conns = LIMIT;
    h->options.guard = guard;
    assert_true(host_open(h, sizeof(struct odd_conn)));
}

static struct conn *take(struct host *h)
{
    DWORD why = 0;
    struct conn *c = slot_take(&h->slots, &why);
    assert_non_null(c);
    c->sock = 1;
    return c;
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
    struct host h;
    make(&h, size, true);
    for (int i = 0; i < LIMIT; i++) {
        struct conn *c = take(&h);
        assert_int_equal(touch(c->io.buf), 0);
        assert_int_equal(touch(c->io.buf + size - 1), 0);
        assert_int_equal(touch(c->io.buf + size), 1);
        if (size % PAGE == 0) /* else there is room ahead of it */
            assert_int_equal(touch(c->io.buf - 1), i == 0 ? 1 : 0);
    }
    host_close(&h);
}

static void test_one_byte_behind_a_buffer(void **state)
{
    static const uint32_t sizes[] = {1, 100, 4095, 4096, 4097, 65536};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_buffers(sizes[i]);
}

static void test_one_byte_ahead_of_a_buffer(void **state)
{
    struct host h;
    (void)state;
    make(&h, PAGE, true);
    take(&h);
    assert_int_equal(touch(take(&h)->io.buf - 1), 1);
    host_close(&h);
}

static void test_behind_a_struct(void **state)
{
    const size_t whole = (sizeof(struct odd_conn) + 15) / 16 * 16;
    struct host h;
    (void)state;
    make(&h, 64, true);
    for (int i = 0; i < LIMIT; i++) {
        unsigned char *c = (unsigned char *)take(&h);
        assert_int_equal((uintptr_t)c % 16, 0);
        assert_int_equal(touch(c + sizeof(struct odd_conn) - 1), 0);
        assert_int_equal(touch(c + whole), 1);
    }
    host_close(&h);
}

static void test_buffer_of_a_closed_connection(void **state)
{
    struct host h;
    (void)state;
    make(&h, 4096, true);
    struct conn *c = take(&h);
    char *buffer = c->io.buf;
    assert_int_equal(touch(buffer + 7), 0);
    slot_give(&h.slots, c);
    assert_int_equal(touch(buffer + 7), 1);
    slot_give(&h.slots, take(&h)); /* shut again */
    assert_int_equal(touch(buffer), 1);
    assert_ptr_equal(take(&h)->io.buf, buffer);
    assert_int_equal(touch(buffer), 0);
    host_close(&h);
}

static void test_nothing_is_caught_without(void **state)
{
    struct host h;
    (void)state;
    make(&h, 4096, false);
    struct conn *c = take(&h);
    char *buffer = c->io.buf;
    assert_int_equal(touch(buffer + 4096), 0);
    slot_give(&h.slots, c);
    assert_int_equal(touch(buffer), 0);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_byte_behind_a_buffer),
        cmocka_unit_test(test_one_byte_ahead_of_a_buffer),
        cmocka_unit_test(test_behind_a_struct),
        cmocka_unit_test(test_buffer_of_a_closed_connection),
        cmocka_unit_test(test_nothing_is_caught_without),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
