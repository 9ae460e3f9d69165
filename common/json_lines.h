/* One JSON object a line: how the programs talk (harness/PROTOCOL.md). */
#ifndef IOMODELS_JSON_LINES_H
#define IOMODELS_JSON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>
#include "common/errors.h"

/* Switches standard input and output to bytes without translation and, on
 * Windows, the console to UTF-8. Call first. */
void json_lines_init(void);

/* On Windows: gives the console back as it was; exit() does. */
void json_lines_done(void);

/* The text of a value, with line breaks and one at its end, valid UTF-8; to
 * free. */
char *json_print(const cJSON *value);

/* Writes `object` as one line to standard output, flushes, deletes it. From
 * any thread; lines never mix. False when the reader is gone. */
bool json_lines_write(cJSON *object);

/* From now on a longer line is written in pieces, each a line of its own:
 * {"rank":RANK,"piece":TEXT,"more":true}; the last has "more":false. What
 * passes the lines of several programs on keeps only short ones whole: srun
 * those of less than 1,024 bytes. */
void json_lines_divide(uint64_t rank);

/* Reads the next line of standard input without its line end into line[size];
 * a longer one is cut. False at the end of input. For one thread. */
bool json_lines_read(char *line, size_t size);

/* {"event":"error",...} to standard output when `json`, and the same for
 * people to standard error. `code` 0: no system error; `hint` may be NULL;
 * `what` is a format. */
void json_lines_error(bool json, uint32_t code, const char *hint,
                      const char *what, ...) PRINTF_LIKE(4, 5);

/* Adds an integer exactly: counters are 64-bit, doubles hold 2^53. */
void json_add_count(cJSON *object, const char *name, uint64_t value);

/* Adds a text to an array, and frees it. */
void json_add_text(cJSON *array, char *text);

/* Adds a number; null where it is not known. */
void json_add_known(cJSON *object, const char *name, bool known, double value);

#endif
