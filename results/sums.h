/* The sums of a record that must hold whatever was measured. */
#ifndef IOMODELS_SUMS_H
#define IOMODELS_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>
#include "results/schema.h"

/* What holds of every run that is valid. Sums: attempted = outcomes; connected
 * = its outcome = ends; opens = closes; accepted = opens + refused; the
 * client's bytes and messages against the server's: equal when every
 * connection ended well, and otherwise none got more than was sent. A sum with
 * a null in it is skipped, but those without which nothing is proved must be
 * there; rates, histograms and samples must agree with what they are made of.
 * Returns how many differ and tells each; sink NULL: count only. */
size_t sums_check(const cJSON *record, const struct fault_sink *sink);

/* `valid` against `reasons` and mismatches, and the time. */
size_t sums_check_verdict(const cJSON *record, const struct fault_sink *sink);

/* Both, the first only for a record that says it is valid. */
size_t sums_check_all(const cJSON *record, const struct fault_sink *sink);

/* The reasons' names: a later iomodels may know more of them. */
size_t sums_check_names(const cJSON *record, const struct fault_sink *sink);

/* True when `reason` begins with a name of harness/PROTOCOL.md. */
bool sums_reason_known(const char *reason);

#endif
