/* What process.c needs of the system: process_posix.c, process_windows.c. */
#ifndef IOMODELS_PROCESS_OS_H
#define IOMODELS_PROCESS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

struct process {
    struct lines lines;
    int64_t read_ns;   /* when the last of them came */
    bool output_ended; /* no more will */
    bool end_told, exited, killed;
    uint32_t code;         /* once exited */
    const char *killed_by; /* a signal's text, or NULL */
    struct process_os *os;
};

/* Starts it and sets p->os; 0 or the system's error code. */
uint32_t process_os_start(struct process *p, const char *const *argv,
                          const char *folder, bool captured);
/* Sets `exited` and what comes with it; never waits. */
void process_os_look(struct process *p);
/* Kills the whole group. */
void process_os_kill(struct process *p);
/* Closes and frees p->os; the process has ended. */
void process_os_free(struct process *p);

/* False when not all of it could be written. */
bool process_os_write(struct process *p, const char *text, size_t length);

/* Moves what is there of its output to p->lines, or sets `output_ended`. */
void process_os_read(struct process *p);

/* Until there is something to read, an exit, an interrupt, or `ms` passed;
 * may return earlier. */
void process_os_sleep(struct process *const *processes, size_t count,
                      int64_t ms);

#endif
