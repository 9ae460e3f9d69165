/* The sums of a record that must hold whatever was measured. */
#ifndef IOMODELS_SUMS_H
#define IOMODELS_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>
#include "results/schema.h"

/* attempted = outcomes; connected = its outcome = ends; opens = closes;
 * accepted = opens + refused; the client's bytes and messages against the
 * server's: equal when every connection ended well, and otherwise none got
 * more than was sent. A sum with a null in it is skipped. Returns how many
 * differ and tells each; sink NULL: count only. */
size_t sums_check(const cJSON *record, const struct fault_sink *sink);

/* `valid` against `reasons` and mismatches, and the reasons' names. */
size_t sums_check_verdict(const cJSON *record, const struct fault_sink *sink);

/* True when `reason` begins with a name of harness/PROTOCOL.md. */
bool sums_reason_known(const char *reason);

#endif
