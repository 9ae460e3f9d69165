/* One JSON object a line: how the programs talk (harness/PROTOCOL.md). */
#ifndef IOMODELS_JSONL_H
#define IOMODELS_JSONL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

/* Switches standard input and output to bytes without translation and, on
 * Windows, the console to UTF-8. Call first. */
void jsonl_init(void);

/* Gives the console back as it was; exit() does. */
void jsonl_done(void);

/* Writes `object` as one line to standard output, flushes, deletes it. From
 * any thread; lines never mix. False when the reader is gone. */
bool jsonl_write(cJSON *object);

/* Reads the next line of standard input without its line end into line[size];
 * a longer one is cut. False at the end of input. For one thread. */
bool jsonl_read(char *line, size_t size);

/* {"event":"error",...} to standard output when `json`, and the same for
 * people to standard error. `code` 0: no system error; `hint` may be NULL. */
void jsonl_error(bool json, const char *what, uint32_t code, const char *hint);

/* Adds an integer exactly: counters are 64-bit, doubles hold 2^53. */
void json_add_count(cJSON *object, const char *name, uint64_t value);

#endif
