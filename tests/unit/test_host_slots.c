#include "host.h"

struct big_conn {
    struct conn conn;
    unsigned char own[300];
};

static void test_last_left_is_first_taken(void **state)
{
    host_make(sizeof(struct conn), 64, 10, false);
    struct conn *a = host_take(), *b = host_take(), *c = host_take();
    assert_int_equal(a->slot, 0);
    assert_int_equal(b->slot, 1);
    assert_int_equal(c->slot, 2);
    slot_give(&host.slots, a);
    slot_give(&host.slots, c);
    assert_ptr_equal(host_take(), c);
    assert_ptr_equal(host_take(), a);
    assert_int_equal(host_take()->slot, 3);
    assert_int_equal(host.slots.used, 4);
}

static void test_limit_is_exact_and_named(void **state)
{
    enum { LIMIT = 1000 };
    struct conn *all[LIMIT];
    DWORD why = 0;
    host_make(sizeof(struct big_conn), 4096, LIMIT, false);
    for (int i = 0; i < LIMIT; i++)
        all[i] = host_take();
    assert_null(slot_take(&host.slots, &why));
    assert_int_equal(why, REFUSED_LIMIT);
    slot_give(&host.slots, all[500]);
    assert_ptr_equal(host_take(), all[500]);
    assert_null(slot_take(&host.slots, &why));
}

static void test_memory_is_zero_then_keeps(void **state)
{
    host_make(sizeof(struct big_conn), 4096, 3, false);
    struct big_conn *c = (struct big_conn *)host_take();
    for (size_t i = 0; i < sizeof c->own; i++)
        assert_int_equal(c->own[i], 0);
    c->own[299] = 42;
    slot_give(&host.slots, &c->conn);
    c = (struct big_conn *)host_take();
    assert_int_equal(c->own[299], 42);
}

static void check_layout(uint32_t size)
{
    enum { COUNT = 600 };
    host_make(sizeof(struct big_conn), size, COUNT, false);
    char *before = NULL;
    for (int i = 0; i < COUNT; i++) {
        struct conn *c = host_take();
        char *buffer = c->io.buf;
        assert_int_equal(c->io.len, size);
        if (before)
            assert_true(buffer >= before + size);
        else
            assert_int_equal((uintptr_t)buffer % 4096, 0);
        if (size <= 4096)
            assert_true((uintptr_t)buffer / 4096 ==
                        ((uintptr_t)buffer + size - 1) / 4096);
        else
            assert_int_equal((uintptr_t)buffer % 4096, 0);
        memset(c->io.buf, i & 255, size);
        memset(((struct big_conn *)c)->own, i & 255, 300);
        before = buffer;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct big_conn *c = (struct big_conn *)slot_conn(&host.slots, i);
        assert_int_equal((unsigned char)c->conn.io.buf[0], i & 255);
        assert_int_equal((unsigned char)c->conn.io.buf[size - 1], i & 255);
        assert_int_equal(c->own[0], i & 255);
        assert_int_equal(c->own[299], i & 255);
    }
    host_close(&host);
}

static void test_buffers_stay_apart_and_in_their_page(void **state)
{
    static const uint32_t sizes[] = {1,    63,   64,   65,   1000,
                                     4095, 4096, 4097, 65536};
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_layout(sizes[i]);
}

static void test_open_connections_are_found(void **state)
{
    host_make(sizeof(struct conn), 64, 3, false);
    struct conn *a = host_take(), *b = host_take();
    slot_give(&host.slots, a);
    assert_null(slot_conn(&host.slots, 0));
    assert_ptr_equal(slot_conn(&host.slots, 1), b);
}

static void test_no_address_space_is_an_error(void **state)
{
    struct slots s;
    assert_false(slots_open(&s, 1 << 20, 1u << 30, UINT32_MAX, false));
    assert_int_not_equal(GetLastError(), 0);
}

#ifndef _WIN32
static void test_no_memory_refuses_by_name_and_recovers(void **state)
{
    DWORD why = 0;
    host_make(sizeof(struct conn), 1 << 20, 10, false);
    struct conn *first = host_take();
    win_commits_left = 0;
    assert_null(slot_take(&host.slots, &why));
    assert_int_equal(why, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(host.slots.used, 1);
    slot_give(&host.slots, first);
    assert_ptr_equal(host_take(), first);
    win_commits_left = -1;
    assert_int_equal(host_take()->slot, 1);
}
#endif

enum { THREADS = 8, ROUNDS = 20000, HELD = 16 };

struct user {
    uint32_t id;
    bool clash;
};

/* Holds some, each marked as its own: nobody else may have touched them. */
static void use_slots(void *arg)
{
    struct user *user = arg;
    struct big_conn *held[HELD] = {NULL};
    DWORD why = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t at = (i * 7 + i / 13) % HELD;
        if (held[at]) {
            user->clash |= held[at]->own[0] != user->id;
            slot_give(&host.slots, &held[at]->conn);
            held[at] = NULL;
        } else {
            held[at] = (struct big_conn *)slot_take(&host.slots, &why);
            if (held[at])
                held[at]->own[0] = (unsigned char)user->id;
        }
    }
    for (int i = 0; i < HELD; i++)
        if (held[i])
            slot_give(&host.slots, &held[i]->conn);
}

static void test_threads_never_share_a_slot(void **state)
{
    struct user users[THREADS];
    host_make(sizeof(struct big_conn), 64, THREADS * HELD / 2, false);
    for (int i = 0; i < THREADS; i++)
        users[i] = (struct user){(uint32_t)i + 1, false};
    host_threads(use_slots, users, sizeof *users, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_false(users[i].clash);
    assert_int_equal(host.slots.free_count, host.slots.used);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_teardown(test, host_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_last_left_is_first_taken),
        CASE(test_limit_is_exact_and_named),
        CASE(test_memory_is_zero_then_keeps),
        CASE(test_buffers_stay_apart_and_in_their_page),
        CASE(test_open_connections_are_found),
        cmocka_unit_test(test_no_address_space_is_an_error),
#ifndef _WIN32
        CASE(test_no_memory_refuses_by_name_and_recovers),
#endif
        CASE(test_threads_never_share_a_slot),
    };
    return cmocka_run_group_tests_name("host_slots", tests, NULL, NULL);
}
