/* The server under test: a child process, its lines, and its deadline. Black
 * box: only what harness/PROTOCOL.md says is known of it. */
#ifndef CONFORMANCE_SERVER_H
#define CONFORMANCE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <cJSON.h>
#include "common/win.h"

enum {
    SERVER_START_MS = 30000,  /* until `listening` */
    SERVER_ANSWER_MS = 15000, /* until any other answer, the exit included */
    SERVER_LIFE_MS = 60000,   /* then the watchdog kills it */
};

struct server {
    HANDLE job;      /* kills the process with us, whatever happens */
    HANDLE process;  /* NULL: never started */
    HANDLE in, out;  /* our ends of its pipes; in is NULL once closed */
    HANDLE reader;   /* thread: its lines into the list below */
    HANDLE watchdog; /* thread: kills it after SERVER_LIFE_MS */
    HANDLE finished; /* event: tells the watchdog to leave */
    SRWLOCK lock;
    CONDITION_VARIABLE more;
    struct line *first, *last; /* not taken yet */
    bool ended;                /* standard output was closed */
    bool killed;               /* by the watchdog */
    struct sockaddr_storage address;
    int address_size;
    uint32_t threads; /* as `listening` says, like those below */
    uint64_t buffer_bytes, max_connections;
    char fault[256]; /* why the last call failed, for people */
};

/* Starts `path` --model `model` `options` (words, unquoted; may be "") and
 * waits for its `listening`. False with s->fault; close it all the same. */
bool server_start(struct server *s, const char *path, const char *model,
                  const char *options);

/* Starts it with these words and waits for nothing. */
bool server_run(struct server *s, const char *path, const char *words);

/* Writes `text` to its standard input, line end included in `text`. */
bool server_say(struct server *s, const char *text);
void server_hang_up(struct server *s); /* closes its standard input */

/* The next line as an object that the caller deletes. NULL with s->fault when
 * none came in time, the output ended, or the line is no JSON object. */
cJSON *server_next(struct server *s, uint32_t ms);

/* The next line that is not a timed sample; it must be an `event`. */
cJSON *server_event(struct server *s, const char *event);

/* Waits for the end of its output and of the process; false with s->fault
 * when a line was left, it does not end, or ends with another code than 0. */
bool server_exited(struct server *s);

/* Kills it if it still runs and frees everything. */
void server_close(struct server *s);

/* A counter of a line; UINT64_MAX when it is missing or no whole number. */
uint64_t json_count(const cJSON *object, const char *name);

#endif
