/* The cases, each run against each model, in this order. */
#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

/* clang-format off */
#define CASES(CASE)                                                            \
    CASE(protocol)                                                             \
    CASE(one_byte) CASE(split) CASE(coalesced) CASE(larger_than_buffer)        \
    CASE(half_close) CASE(slow_reader) CASE(reset) CASE(ipv6)                  \
    CASE(fin_in_blocked_send) CASE(half_close_receive)                         \
    CASE(reset_after_accept) CASE(reset_mid_receive)                           \
    CASE(reset_while_waiting) CASE(reset_mid_send)                             \
    CASE(reset_while_closing) CASE(reset_closing_stuck)                        \
    CASE(hundred_at_once) CASE(accept_burst) CASE(burst_smallest)              \
    CASE(limit_one) CASE(limit) CASE(limit_64)                                 \
    CASE(vanish_in_backlog) CASE(come_and_go)                                  \
    CASE(shortage_memory)                                                      \
    CASE(stop_empty) CASE(stop_idle) CASE(stop_busy) CASE(stop_deaf)           \
    CASE(stop_connecting) CASE(stop_backlog) CASE(stop_by_eof)                 \
    CASE(stop_twice)
/* clang-format on */

#define CASE(name) void case_##name(void **state);
CASES(CASE)
#undef CASE

/* Random streams, for the seed in the initial state, a uint64_t. */
int streams_set_up(void **state);
void streams_case(void **state);

#endif
