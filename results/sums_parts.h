/* Between sums.c, which adds up, and sums_valid.c. */
#ifndef IOMODELS_SUMS_PARTS_H
#define IOMODELS_SUMS_PARTS_H

#include "common/printf_like.h"
#include "results/sums.h"

struct sums {
    const cJSON *record;
    const struct fault_sink *sink;
    size_t faults;
};

void sums_tell(struct sums *sums, const char *pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Of the numbers in an object; false: there is none. */
bool sums_total(const cJSON *record, const char *pointer, double *total);

/* Some connections were hostile ones. */
bool sums_hostile(const cJSON *record);

/* All connections that may have carried bytes ended FIN for FIN. */
bool sums_clean(const cJSON *record);

/* In sums_valid.c: what a valid run must have measured. */
void sums_valid(struct sums *sums);

/* Whether it is a time as clock_iso writes it: "2026-11-22T14:18:16.123Z". */
bool sums_is_time(const char *text);

#endif
