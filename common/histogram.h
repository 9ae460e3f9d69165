/* Histograms of three significant digits, and as JSON: from there they are made
 * again exactly, so that those of several programs add up without loss. */
#ifndef IOMODELS_HISTOGRAM_H
#define IOMODELS_HISTOGRAM_H

#include <cJSON.h>
#include <hdr/hdr_histogram.h>

/* Values are thousandths of a unit, of us: nanoseconds, an hour at most. */
#define HISTOGRAM_MAX INT64_C(3600000000000)
struct hdr_histogram *histogram_make(void);

/* The H of harness/PROTOCOL.md; null of NULL. */
cJSON *histogram_json(const struct hdr_histogram *h, const char *unit);

/* Adds what one of these holds; buckets that are none are left out. */
void histogram_add_json(struct hdr_histogram *h, const cJSON *json);

#endif
