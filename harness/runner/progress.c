#include "runner/progress.h"

#include <stdio.h>

#include "common/clock.h"
#include "runner/platform.h"

enum { PROGRESS_COLUMNS = 79, PROGRESS_EVERY_MS = 200 };

static void progress_write(const char *text, const char *end)
{
    char line[PROGRESS_COLUMNS + 8];
    int length = snprintf(line, sizeof line, "\r%-*.*s%s", PROGRESS_COLUMNS,
                          PROGRESS_COLUMNS, text, end);
    platform_terminal_write(line, (size_t)length);
}

void progress_begin(struct progress *p)
{
    p->on = platform_terminal();
    p->shown_ns = 0;
}

void progress_show(struct progress *p, const char *text, bool important)
{
    int64_t now = clock_ns();
    if (!p->on || (!important &&
                   now - p->shown_ns < PROGRESS_EVERY_MS * INT64_C(1000000)))
        return;
    p->shown_ns = now;
    progress_write(text, "");
}

void progress_clear(struct progress *p)
{
    if (p->on && p->shown_ns != 0)
        progress_write("", "\r");
}
