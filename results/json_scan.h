/* The grammar of JSON alone; json.h reads it. */
#ifndef IOMODELS_JSON_SCAN_H
#define IOMODELS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* True when data[size] is one value of RFC 8259 with nothing but blanks around
 * it, in UTF-8, without \u0000 and no deeper than the parser goes. *at is the
 * place up to which it is. */
bool json_scan(const char *data, size_t size, size_t *at);

#endif
