/* The cases, each run against each model. */
#ifndef CONFORMANCE_CASES_H
#define CONFORMANCE_CASES_H

/* The control lines. */
void case_protocol(void **state);
/* Bytes. */
void case_one_byte(void **state);
void case_split(void **state);
void case_coalesced(void **state);
void case_larger_than_buffer(void **state);
void case_half_close(void **state);
void case_slow_reader(void **state);
void case_reset(void **state);
void case_ipv6(void **state);
/* Ends. */
void case_fin_in_blocked_send(void **state);
void case_half_close_receive(void **state);
void case_reset_after_accept(void **state);
void case_reset_mid_receive(void **state);
void case_reset_while_waiting(void **state);
void case_reset_mid_send(void **state);
void case_reset_while_closing(void **state);
void case_reset_closing_stuck(void **state);
/* Many connections. */
void case_hundred_at_once(void **state);
void case_accept_burst(void **state);
void case_burst_smallest(void **state);
void case_limit_one(void **state);
void case_limit_64(void **state);
void case_limit(void **state);
void case_vanish_in_backlog(void **state);
void case_come_and_go(void **state);
/* Out of resources. */
void case_shortage_memory(void **state);
/* Stopping. */
void case_stop_empty(void **state);
void case_stop_idle(void **state);
void case_stop_busy(void **state);
void case_stop_deaf(void **state);
void case_stop_connecting(void **state);
void case_stop_backlog(void **state);
void case_stop_by_eof(void **state);
void case_stop_twice(void **state);

#endif
