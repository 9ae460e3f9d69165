/* JSON as others read it, too: cJSON takes more than the standard allows. */
#ifndef IOMODELS_JSON_H
#define IOMODELS_JSON_H

#include <stddef.h>
#include <cJSON.h>

/* Parses data[size], which a zero byte must follow. Refused is all that RFC
 * 8259 forbids (zero bytes, leading zeros, raw control characters, bytes that
 * are not UTF-8, anything behind the value), and what it allows but nobody
 * reads alike: the same key twice in an object, numbers too large to hold,
 * \u0000. NULL then, and `what` says why: "not JSON at byte 5 of 70". */
enum { JSON_WHAT_SIZE = 160 };
cJSON *json_read(const char *data, size_t size, char what[JSON_WHAT_SIZE]);

/* In every text and key, control characters become what JSON writes for them
 * ("\u001b"): no terminal, page or picture gets them raw. */
void json_show_controls(cJSON *value);

#endif
