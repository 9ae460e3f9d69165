/* The server under test: a child process, and its lines. Black box: only what
 * harness/PROTOCOL.md says is known of it. */
#ifndef CONFORMANCE_SERVER_H
#define CONFORMANCE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>
#include "common/win.h"

enum {
    SERVER_START_MS = 30000, /* until `listening` */
    SERVER_ANSWER_MS = 15000 /* until any other answer, the exit included */
};

struct server {
    struct process *child; /* NULL: never started */
    HANDLE process;
    struct sockaddr_storage address;
    int address_size;
    uint32_t threads; /* as `listening` says, like those below */
    uint64_t buffer_bytes, max_connections;
    char fault[256]; /* why the last call failed, for people */
};

/* Starts `path` --model `model` `options` (unquoted, a space between each two;
 * may be "") and waits for its `listening`. False with s->fault; close it all
 * the same. */
bool server_start(struct server *s, const char *path, const char *model,
                  const char *options);

/* Writes `text` and a line end to its standard input. */
bool server_say(struct server *s, const char *text);
void server_hang_up(struct server *s); /* closes its standard input */

/* The next line that is not a timed sample; it must be an `event`. The caller
 * deletes it. NULL with s->fault when none came in time, the output ended, or
 * the line is another one. */
cJSON *server_event(struct server *s, const char *event);

/* Waits for the end of its output and of the process; false with s->fault
 * when a line was left, it does not end, or ends with another code than 0. */
bool server_exited(struct server *s);

/* Kills it if it still runs and frees everything. */
void server_close(struct server *s);

/* A counter of a line; UINT64_MAX when it is missing or no whole number. */
uint64_t json_count(const cJSON *object, const char *name);

/* A text of a line; "" when it is missing. */
const char *json_text(const cJSON *object, const char *name);

#endif
