#include "common/process.h"
#include "common/process_os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"

enum { PROCESS_KILL_MS = 5000 }; /* a killed process is gone well before */

static struct process *process_begin(const char *const *argv,
                                     const char *folder, bool captured,
                                     char *why, size_t size)
{
    struct process *p = calloc_or_die(1, sizeof *p);
    uint32_t error = process_os_start(p, argv, folder, captured);
    if (error == 0)
        return p;
    free(p);
    char text[256];
    snprintf(why, size, "cannot start %s: error %lu, %s (%s)", argv[0],
             (unsigned long)error, error_name(error),
             error_text(error, text, sizeof text));
    return NULL;
}

struct process *process_start(const char *const *argv, char *why, size_t size)
{
    return process_begin(argv, NULL, false, why, size);
}

void process_free(struct process *p)
{
    if (p == NULL)
        return;
    process_kill(p);
    process_os_free(p);
    lines_free(&p->lines);
    free(p);
}

bool process_write(struct process *p, const char *line)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%s\n", line);
    return length > 0 && (size_t)length < sizeof text &&
           process_os_write(p, text, (size_t)length);
}

static bool process_exited(struct process *p)
{
    if (!p->exited)
        process_os_look(p);
    return p->exited;
}

bool process_wait_exit(struct process *p, int64_t deadline_ns)
{
    uint32_t pause = 1;
    while (!process_exited(p)) {
        if (clock_ns() >= deadline_ns)
            return false;
        clock_sleep_ms(pause);
        if (pause < 20)
            pause *= 2;
    }
    return true;
}

void process_kill(struct process *p)
{
    if (process_exited(p))
        return;
    p->killed = true;
    process_os_kill(p);
    process_wait_exit(p, clock_ns() + PROCESS_KILL_MS * INT64_C(1000000));
}

static bool process_has_news(struct process *p, struct process_event *event,
                             enum process_news *news)
{
    event->line = lines_next(&p->lines);
    if (event->line == NULL && !p->output_ended) {
        process_exited(p); /* before reading: so all of its output is read */
        process_os_read(p);
        event->line = lines_next(&p->lines);
    }
    if (event->line == NULL && p->output_ended)
        event->line = lines_rest(&p->lines);
    event->process = p;
    event->when_ns = p->read_ns;
    *news = PROCESS_LINE;
    if (event->line != NULL)
        return true;
    *news = PROCESS_ENDED;
    event->when_ns = clock_ns();
    p->end_told = p->output_ended;
    return p->end_told;
}

enum process_news process_wait(struct process *const *processes, size_t count,
                               int64_t deadline_ns, struct process_event *event)
{
    static unsigned interrupts_told;
    for (;;) {
        if (interrupts_told != interrupt_count()) {
            interrupts_told = interrupt_count();
            return PROCESS_INTERRUPTED;
        }
        enum process_news news;
        for (size_t i = 0; i < count; i++)
            if (processes[i] != NULL && !processes[i]->end_told &&
                process_has_news(processes[i], event, &news))
                return news;
        int64_t left = deadline_ns - clock_ns();
        if (left <= 0)
            return PROCESS_TIMED_OUT;
        process_os_sleep(processes, count, left / 1000000 + 1);
    }
}

bool process_exited_with(struct process *p, uint32_t code)
{
    return process_exited(p) && !p->killed && p->killed_by == NULL &&
           p->code == code;
}

char *process_exit_show(struct process *p, char *text, size_t size)
{
    if (!process_exited(p))
        snprintf(text, size, "still running");
    else if (p->killed)
        snprintf(text, size, "killed by the runner");
    else if (p->killed_by != NULL)
        snprintf(text, size, "killed by signal %lu (%s)",
                 (unsigned long)p->code, p->killed_by);
    else if (p->code >= 0xC0000000U) /* an exception of Windows */
        snprintf(text, size, "exit code 0x%08lX", (unsigned long)p->code);
    else
        snprintf(text, size, "exit code %lu", (unsigned long)p->code);
    return text;
}

bool process_run(const char *const *argv, const char *folder, uint32_t seconds,
                 struct text *output, char *how, size_t size)
{
    int64_t deadline = clock_ns() + seconds * INT64_C(1000000000);
    struct process *p = process_begin(argv, folder, true, how, size);
    struct process_event event;
    enum process_news news;
    bool good = false;
    if (p == NULL)
        return false;
    process_close_input(p);
    do {
        news = process_wait(&p, 1, deadline, &event);
        if (news == PROCESS_LINE && event.line[0] != '\0')
            text_add(output, "%s\n", event.line);
    } while (news == PROCESS_LINE);
    if (news == PROCESS_INTERRUPTED) {
        snprintf(how, size, "interrupted");
    } else if (!process_wait_exit(p, deadline)) {
        snprintf(how, size, "stopped after %lu s", (unsigned long)seconds);
    } else {
        process_exit_show(p, how, size);
        good = process_exited_with(p, 0);
    }
    process_free(p);
    return good;
}
