/* Programs that the runner starts and talks to by lines on their standard
 * input and output. Standard error is ours. No other handle is inherited.
 * Each is a process group of its own, so that Ctrl+C reaches the runner alone,
 * and does not outlive the runner. For one thread. */
#ifndef IOMODELS_CHILD_H
#define IOMODELS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child;

/* `words` (UTF-8, ends with NULL) are the program, looked for in PATH unless
 * it has a folder, and its arguments. NULL: not started, and one line of why.
 */
struct child *child_start(const char *const *words, char *why, size_t size);

/* The same, but its standard error comes among its lines. */
struct child *child_start_heard(const char *const *words, char *why,
                                size_t size);

/* Kills what still runs of it, and frees it. NULL is fine. */
void child_free(struct child *c);

/* Writes one line; never blocks for long. False when it reads no more. */
bool child_write(struct child *c, const char *line);
void child_close_input(struct child *c);

enum child_news {
    CHILD_LINE,       /* a line of its output */
    CHILD_ENDED,      /* no more lines will come; told once a child */
    CHILD_TIMED_OUT,  /* the deadline (of clock_ns) passed */
    CHILD_INTERRUPTED /* see interrupt_catch; told once each */
};

struct child_event {
    struct child *child; /* of CHILD_LINE and CHILD_ENDED */
    char *line;          /* valid until the next child_wait */
    int64_t when_ns;     /* clock_ns() when it came */
};

/* Waits for the first news of any of the children (NULLs are skipped). */
enum child_news child_wait(struct child *const *children, size_t count,
                           int64_t deadline_ns, struct child_event *event);

/* Waits for it to exit; false when it has not by the deadline. */
bool child_wait_exit(struct child *c, int64_t deadline_ns);

/* Kills it and its group at once. */
void child_kill(struct child *c);

/* True once it exited by itself with this code. */
bool child_exited_with(struct child *c, uint32_t code);

/* How it ended: "exit code 70", "killed by signal 11 (...)", "still running";
 * into text[size]; returns text. */
char *child_exit_show(struct child *c, char *text, size_t size);

#endif
