#include "host.h"

struct big_conn {
    struct conn conn;
    unsigned char own[300];
};

static void test_last_left_is_first_taken(void **state)
{
    host_make(sizeof(struct conn), 64, 1, 10, false);
    struct conn *a = host_take(), *b = host_take(), *c = host_take();
    assert_int_equal(c->slot, 2);
    slot_give(&host.slots, a);
    slot_give(&host.slots, c);
    assert_null(slot_conn(&host.slots, 0));
    assert_ptr_equal(slot_conn(&host.slots, 1), b);
    assert_ptr_equal(host_take(), c);
    assert_ptr_equal(host_take(), a);
    assert_int_equal(host_take()->slot, 3);
    assert_int_equal(host.slots.conn_list.used, 4);
}

static void test_limit_is_exact_and_memory_keeps(void **state)
{
    enum { LIMIT = 1000 };
    struct big_conn *all[LIMIT];
    DWORD why = 0;
    host_make(sizeof(struct big_conn), 4096, 1, LIMIT, false);
    for (int i = 0; i < LIMIT; i++) {
        all[i] = (struct big_conn *)host_take();
        for (size_t k = 0; k < sizeof all[i]->own; k++)
            assert_int_equal(all[i]->own[k], 0);
    }
    assert_null(slot_take(&host.slots, &why));
    assert_int_equal(why, REFUSED_LIMIT);
    all[500]->own[299] = 42;
    slot_give(&host.slots, &all[500]->conn);
    assert_ptr_equal(host_take(), all[500]);
    assert_int_equal(all[500]->own[299], 42);
    assert_null(slot_take(&host.slots, &why));
}

static void check_layout(uint32_t size)
{
    enum { COUNT = 600 };
    host_make(sizeof(struct big_conn), size, 1, COUNT, false);
    char *before = NULL;
    for (int i = 0; i < COUNT; i++) {
        struct conn *c = host_take();
        const uintptr_t buffer = (uintptr_t)c->io.buf;
        assert_int_equal(c->io.len, size);
        if (before)
            assert_true(c->io.buf >= before + size);
        if (!before || size > 4096)
            assert_int_equal(buffer % 4096, 0);
        else
            assert_true(buffer / 4096 == (buffer + size - 1) / 4096);
        memset(c->io.buf, i & 255, size);
        memset(((struct big_conn *)c)->own, i & 255, 300);
        before = c->io.buf;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct big_conn *c = (struct big_conn *)slot_conn(&host.slots, i);
        assert_int_equal((unsigned char)c->conn.io.buf[0], i & 255);
        assert_int_equal((unsigned char)c->conn.io.buf[size - 1], i & 255);
        assert_int_equal(c->own[0], i & 255);
        assert_int_equal(c->own[299], i & 255);
    }
    host_tear_down(NULL);
}

static void test_buffers_stay_apart_and_in_their_page(void **state)
{
    static const uint32_t sizes[] = {1,    63,   64,   65,   1000,
                                     4095, 4096, 4097, 65536};
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_layout(sizes[i]);
}

/* A buffer is there from the borrow to the repay, and the last one repaid is
 * the next one lent. */
static void check_lending(enum pool pool)
{
    DWORD why = 0;
    host_make_lending(sizeof(struct conn), 1000, 1, 10, pool, false);
    struct conn *a = host_take(), *b = host_take();
    assert_null(a->io.buf);
    assert_int_equal(a->io.len, 0);
    assert_false(slot_repay(&host.slots, a));
    assert_true(slot_borrow(&host.slots, b, &why));
    assert_true(slot_borrow(&host.slots, a, &why));
    assert_int_equal(a->io.len, 1000);
    assert_true(a->io.buf >= b->io.buf + 1000 || b->io.buf >= a->io.buf + 1000);
    memset(a->io.buf, 1, 1000);
    memset(b->io.buf, 2, 1000);
    char *of_b = b->io.buf;
    b->io.buf += 999; /* what is left of a send */
    b->io.len = 1;
    assert_int_equal(slot_buffer(&host.slots, b->slot)[0], 2);
    assert_true(slot_repay(&host.slots, b));
    assert_null(b->io.buf);
    assert_int_equal(b->io.len, 0);
    assert_int_equal(a->io.buf[999], 1);
    if (pool == POOL_LOOKASIDE) {
        assert_true(slot_borrow(&host.slots, b, &why));
        assert_ptr_equal(b->io.buf, of_b);
        assert_int_equal(host.slots.buffer_list.used, 2);
        slot_repay(&host.slots, b);
    }
    slot_repay(&host.slots, a);
    slot_give(&host.slots, a);
    slot_give(&host.slots, b);
    host_tear_down(NULL);
}

static void test_lent_buffers(void **state)
{
    check_lending(POOL_LOOKASIDE);
    check_lending(POOL_HEAP);
}

/* Each has pages of its own and begins where it was told, so that it straddles
 * a page or not, whatever its size; with a pool, too. */
static void test_buffers_at_an_offset(void **state)
{
    static const struct {
        uint32_t size, offset, pages;
        enum pool pool;
    } cases[] = {{1000, 0, 1, POOL_NONE},     {1000, 3096, 1, POOL_NONE},
                 {1000, 3600, 2, POOL_NONE},  {4096, 0, 1, POOL_NONE},
                 {4096, 2048, 2, POOL_NONE},  {8192, 4095, 3, POOL_NONE},
                 {4096, 1, 2, POOL_LOOKASIDE}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *before = NULL;
        DWORD why;
        memset(&host, 0, sizeof host);
        host.srv.buffer_size = cases[i].size;
        host.srv.outstanding = 1;
        host.srv.max_conns = 300;
        host.options.buffer_offset = cases[i].offset;
        host.options.pool = cases[i].pool;
        assert_true(host_open(&host, sizeof(struct conn)));
        for (int n = 0; n < 300; n++) {
            struct conn *c = host_take();
            if (cases[i].pool)
                assert_true(slot_borrow(&host.slots, c, &why));
            assert_int_equal((uintptr_t)c->io.buf % 4096, cases[i].offset);
            if (before)
                assert_int_equal(c->io.buf - before, cases[i].pages * 4096);
            memset(c->io.buf, 1, cases[i].size);
            before = c->io.buf;
        }
        host_tear_down(NULL);
    }
}

static void test_no_address_space_is_an_error(void **state)
{
    struct slots s;
    assert_false(slots_open(&s, 1 << 20, 1u << 30, 1, HOST_AS_IS, UINT32_MAX,
                            POOL_NONE, false));
    assert_int_not_equal(GetLastError(), 0);
}

static void test_no_memory_refuses_by_name_and_recovers(void **state)
{
#ifndef _WIN32
    DWORD why = 0;
    host_make(sizeof(struct conn), 1 << 20, 1, 10, false);
    struct conn *first = host_take();
    win_commits_left = 0;
    assert_null(slot_take(&host.slots, &why));
    assert_int_equal(why, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(host.slots.conn_list.used, 1);
    slot_give(&host.slots, first);
    assert_ptr_equal(host_take(), first);
    win_commits_left = -1;
    assert_int_equal(host_take()->slot, 1);
    host_tear_down(NULL);

    host_make_lending(sizeof(struct conn), 1 << 20, 1, 10, POOL_LOOKASIDE,
                      false);
    first = host_take();
    win_commits_left = 0;
    assert_false(slot_borrow(&host.slots, first, &why));
    assert_int_equal(why, ERROR_NOT_ENOUGH_MEMORY);
    assert_null(first->io.buf);
    win_commits_left = -1;
    assert_true(slot_borrow(&host.slots, first, &why));
#endif
}

#define CASE(test) cmocka_unit_test_teardown(test, host_tear_down)

RUN_TESTS(CASE(test_last_left_is_first_taken),
          CASE(test_limit_is_exact_and_memory_keeps),
          TEST(test_buffers_stay_apart_and_in_their_page),
          TEST(test_lent_buffers), TEST(test_buffers_at_an_offset),
          TEST(test_no_address_space_is_an_error),
          CASE(test_no_memory_refuses_by_name_and_recovers))
