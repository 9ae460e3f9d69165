#include "common/panel.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/number.h"
#include "common/terminal.h"
#include "common/text.h"

enum { PANEL_SHOW_MS = 200, PANEL_NUMBER = 32 };

struct panel_rows {
    struct text out;
    size_t columns, most;
    size_t rows, used; /* begun, and the bytes of the last one */
};

void panel_init(struct panel *panel)
{
    *panel = (struct panel){.title = "",
                            .phase = "",
                            .left_s = PANEL_UNKNOWN,
                            .open = PANEL_UNKNOWN,
                            .trips_per_s = PANEL_UNKNOWN,
                            .bytes_per_s = PANEL_UNKNOWN,
                            .p50_us = PANEL_UNKNOWN,
                            .p99_us = PANEL_UNKNOWN,
                            .server_percent = PANEL_UNKNOWN,
                            .server_bytes = PANEL_UNKNOWN,
                            .server_threads = PANEL_UNKNOWN};
}

/* --- figures -------------------------------------------------------------- */

static const char *panel_count(double value, char *text)
{
    return value < 0
               ? "-"
               : number_show_count(number_whole(value), text, PANEL_NUMBER);
}

static const char *panel_bytes(double value, char *text)
{
    return value < 0 ? "-" : number_show_bytes(value, text, PANEL_NUMBER);
}

/* Three digits. */
static const char *panel_latency(double us, char *text)
{
    const bool seconds = us >= 999500;
    const double value = us / (seconds ? 1e6 : 1e3);

    if (us < 0)
        return "-";
    if (us < 999.5)
        snprintf(text, PANEL_NUMBER, "%.0f us", us);
    else
        snprintf(text, PANEL_NUMBER, "%.*f %s",
                 value < 9.995   ? 2
                 : value < 99.95 ? 1
                                 : 0,
                 value, seconds ? "s" : "ms");
    return text;
}

static const char *panel_left(double seconds, char *text)
{
    uint64_t whole = number_whole(seconds);

    if (whole > 120)
        whole -= whole % 60;
    return number_show(NUMBER_TIME, whole * 1000000, text, PANEL_NUMBER);
}

/* --- rows ----------------------------------------------------------------- */

/* How many bytes of a text fit, without a part of a letter. */
static size_t panel_fits(const char *text, size_t columns)
{
    size_t length = strlen(text);

    if (length <= columns)
        return length;
    while (columns > 0 && ((unsigned char)text[columns] & 0xc0) == 0x80)
        columns--;
    return columns;
}

static void panel_row(struct panel_rows *r, const char *text)
{
    if (r->rows == r->most)
        return;
    r->used = panel_fits(text, r->columns);
    text_add(&r->out, "%.*s\n", (int)r->used, text);
    r->rows++;
}

/* Fields of fixed widths, so that none moves when a value grows, in as many
 * rows as they need. */
static void panel_fields(struct panel_rows *r, const char *const *fields,
                         size_t count)
{
    char row[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        if (used > 0 && used + 2 + strlen(fields[i]) > r->columns) {
            panel_row(r, row);
            used = 0;
        }
        used += (size_t)snprintf(row + used, sizeof row - used, "%s%s",
                                 used > 0 ? "  " : "", fields[i]);
    }
    panel_row(r, row);
}

static void panel_load(struct panel_rows *r, const struct panel *p)
{
    char number[PANEL_NUMBER], text[5][48];
    const char *const fields[] = {text[0], text[1], text[2], text[3], text[4]};

    snprintf(text[0], sizeof text[0], "%9s open", panel_count(p->open, number));
    snprintf(text[1], sizeof text[1], "%9s round trips/s",
             panel_count(p->trips_per_s, number));
    snprintf(text[2], sizeof text[2], "%10s/s",
             panel_bytes(p->bytes_per_s, number));
    snprintf(text[3], sizeof text[3], "p50 %7s",
             panel_latency(p->p50_us, number));
    snprintf(text[4], sizeof text[4], "p99 %7s",
             panel_latency(p->p99_us, number));
    panel_fields(r, fields, 5);
}

static void panel_server(struct panel_rows *r, const struct panel *p)
{
    char number[PANEL_NUMBER], text[3][48];
    const char *const fields[] = {text[0], text[1], text[2]};

    snprintf(text[0], sizeof text[0], "server CPU %5s %%",
             panel_count(p->server_percent, number));
    snprintf(text[1], sizeof text[1], "memory %10s",
             panel_bytes(p->server_bytes, number));
    snprintf(text[2], sizeof text[2], "threads %5s",
             panel_count(p->server_threads, number));
    panel_fields(r, fields, 3);
}

char *panel_text(const struct panel *p, size_t columns, size_t most)
{
    struct panel_rows r = {.columns = columns,
                           .most = most < PANEL_ROWS ? most : PANEL_ROWS};
    char number[PANEL_NUMBER];
    struct text first = {0};

    text_add(&first, "%s  %s", p->title, p->phase);
    if (p->left_s >= 0)
        text_add(&first, "  %s left", panel_left(p->left_s, number));
    if (p->after != NULL)
        text_add(&first, "  %s", p->after);
    panel_row(&r, first.data);
    free(first.data);
    if (p->load)
        panel_load(&r, p);
    if (p->server)
        panel_server(&r, p);
    return text_take(&r.out);
}

void panel_show(const struct panel *panel)
{
    static int64_t shown_ns;
    static char phase[64];
    const int64_t now = clock_ns();
    const bool soon =
        shown_ns != 0 && now - shown_ns < PANEL_SHOW_MS * INT64_C(1000000);
    const struct terminal_size size = terminal_size();

    if (size.columns < 2 || size.rows < 3 ||
        (soon && strcmp(panel->phase, phase) == 0))
        return;
    shown_ns = now;
    snprintf(phase, sizeof phase, "%s", panel->phase);
    /* Terminals wrap a row that fills its last column. */
    char *text = panel_text(panel, size.columns - 1, size.rows - 2);
    terminal_draw(text);
    free(text);
}
