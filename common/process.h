/* Programs that are started, talked to by lines on their standard input and
 * output, and ended. Each is a process group of its own, so that Ctrl+C
 * reaches this program alone. When it dies their input ends, and on Windows so
 * do they. For one thread. */
#ifndef IOMODELS_PROCESS_H
#define IOMODELS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

enum { PROCESS_WAIT_MAX = 16 }; /* processes of one process_wait */

struct process;

/* `argv` (UTF-8, ends with NULL): the program, searched in PATH unless it has
 * a folder, and its arguments. Standard error is ours. NULL: not started, and
 * why[size] says so in one line. */
struct process *process_start(const char *const *argv, char *why, size_t size);

/* Kills what still runs of it, and frees it. NULL is fine. */
void process_free(struct process *p);

/* Writes one line; never blocks for long. False when it reads no more. */
bool process_write(struct process *p, const char *line);
void process_close_input(struct process *p);

enum process_news {
    PROCESS_LINE,       /* a line of its output */
    PROCESS_ENDED,      /* no more lines will come; once a process */
    PROCESS_TIMED_OUT,  /* the deadline (of clock_ns) passed */
    PROCESS_INTERRUPTED /* see interrupt_catch; once each */
};

struct process_event {
    struct process *process; /* of PROCESS_LINE and PROCESS_ENDED */
    char *line;              /* valid until the next process_wait */
    int64_t when_ns;         /* clock_ns() when it came */
};

/* Waits for the first news of any of the processes (NULLs are skipped). */
enum process_news process_wait(struct process *const *processes, size_t count,
                               int64_t deadline_ns,
                               struct process_event *event);

/* Waits for it to exit; false when it has not by the deadline. */
bool process_wait_exit(struct process *p, int64_t deadline_ns);

void process_kill(struct process *p);

/* True once it exited by itself with this code. */
bool process_exited_with(struct process *p, uint32_t code);

/* How it ended: "exit code 70", "killed by signal 11 (...)", "still running";
 * into text[size]; returns text. */
char *process_exit_show(struct process *p, char *text, size_t size);

/* Runs a program to its end, in a working folder (NULL: ours), with no input.
 * `output` gets the lines of its output without the empty ones. False unless
 * the program exits with code 0 within the time; how[size] says how it ended.
 */
bool process_run(const char *const *argv, const char *folder, uint32_t seconds,
                 struct text *output, char *how, size_t size);

/* The file that starting a program would run: its path if it has a folder,
 * else the one in PATH. The caller's to free; NULL when there is none. */
char *process_find(const char *program);

/* From here on Ctrl+C, a hang-up or a request to end is counted instead of
 * ending this program; process_wait returns for each. `always`: Ctrl+C also
 * where a parent on Windows has switched it off, as process_start does. */
void interrupt_catch(bool always);
unsigned interrupt_count(void);

#endif
