/* JSON from files. */
#ifndef IOMODELS_JSON_H
#define IOMODELS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <cJSON.h>

/* Parses data[size], which a zero byte must follow. NULL if it is not JSON,
 * and `what` says where: "not JSON at byte 5 of 70". */
enum { JSON_WHAT_SIZE = 64 };
cJSON *json_read(const char *data, size_t size, char what[JSON_WHAT_SIZE]);

/* Reads a file: false after one line to standard error. *value is NULL if it is
 * not JSON, and `what` says where; its control characters are hidden. */
bool json_file(const char *path, cJSON **value, char what[JSON_WHAT_SIZE]);

/* In every text and key, control characters become '?': no terminal, page or
 * picture gets them raw. */
void json_hide_controls(cJSON *value);

#endif
