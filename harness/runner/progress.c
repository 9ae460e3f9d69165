#include "runner/progress.h"

#include <stdio.h>

#include "base/clock.h"
#include "runner/platform.h"

enum { PROGRESS_COLUMNS = 79, PROGRESS_EVERY_MS = 200 };

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
    fprintf(stderr, "\r%-*.*s", PROGRESS_COLUMNS, PROGRESS_COLUMNS, text);
    fflush(stderr);
}

void progress_clear(struct progress *p)
{
    if (p->on && p->shown_ns != 0) {
        fprintf(stderr, "\r%-*s\r", PROGRESS_COLUMNS, "");
        fflush(stderr);
    }
}
