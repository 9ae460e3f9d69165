#include "common/terminal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* Rows of the block, without the empty one, and the columns that there were. */
static size_t terminal_drawn, terminal_columns;

#ifdef _WIN32
#include "common/win.h"

static bool terminal_look(CONSOLE_SCREEN_BUFFER_INFO *console)
{
    return GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), console);
}

struct terminal_size terminal_size(void)
{
    CONSOLE_SCREEN_BUFFER_INFO console;
    struct terminal_size size = {0, 0};

    if (terminal_look(&console)) {
        const SMALL_RECT *window = &console.srWindow;

        size.columns = (size_t)(window->Right - window->Left + 1);
        size.rows = (size_t)(window->Bottom - window->Top + 1);
    }
    return size;
}

/* The block before goes, by blanks: not every console knows escape sequences.
 * Where the window became narrower its rows may have become several each. */
static void terminal_begin(struct text *out)
{
    HANDLE terminal = GetStdHandle(STD_ERROR_HANDLE);
    const size_t columns = terminal_size().columns;
    CONSOLE_SCREEN_BUFFER_INFO console;
    DWORD written;

    text_add(out, "\r");
    if (!terminal_look(&console) || columns == 0)
        return;
    const size_t each = (terminal_columns + columns - 1) / columns;
    const DWORD cells =
        (DWORD)((terminal_drawn + 1) * each) * (DWORD)console.dwSize.X;
    const COORD from = {0, console.dwCursorPosition.Y};
    FillConsoleOutputCharacterA(terminal, ' ', cells, from, &written);
}

static void terminal_row(struct text *out, const char *text, size_t length)
{
    text_add(out, "\r\n%.*s", (int)length, text);
}

/* In one piece: stdio gives a console one character at a time, which is work
 * for the very machine that is being measured. */
static void terminal_put(struct text *out, size_t up)
{
    HANDLE terminal = GetStdHandle(STD_ERROR_HANDLE);
    CONSOLE_SCREEN_BUFFER_INFO console;
    COORD begin = {0, 0};
    DWORD written;

    WriteFile(terminal, out->data, (DWORD)out->length, &written, NULL);
    if (!terminal_look(&console))
        return;
    if ((size_t)console.dwCursorPosition.Y > up)
        begin.Y = (SHORT)(console.dwCursorPosition.Y - (SHORT)up);
    SetConsoleCursorPosition(terminal, begin);
}
#else
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal_size terminal_size(void)
{
    enum { COLUMNS = 80, ROWS = 24 }; /* of a terminal that does not tell */
    /* Nothing here sets it. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *term = getenv("TERM");
    struct winsize size = {0};
    bool fit =
        isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;

    if (!fit)
        return (struct terminal_size){0, 0};
    ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    return (struct terminal_size){size.ws_col > 0 ? size.ws_col : COLUMNS,
                                  size.ws_row > 0 ? size.ws_row : ROWS};
}

/* The block before goes, and what is below. */
static void terminal_begin(struct text *out)
{
    text_add(out, "\r\033[J\r");
}

/* ESC D is a row further down, and scrolls the last one, as a line feed does;
 * but who reads line by line sees no line in each row. */
static void terminal_row(struct text *out, const char *text, size_t length)
{
    text_add(out, "\r\033D\r%.*s", (int)length, text);
}

static void terminal_put(struct text *out, size_t up)
{
    if (up > 0)
        text_add(out, "\r\033[%zuA\r", up);
    fputs(out->data, stderr);
}
#endif

void terminal_draw(const char *text)
{
    struct text out = {0};
    size_t rows = 0;

    terminal_begin(&out);
    for (; *text != '\0'; rows++) {
        size_t length = strcspn(text, "\n");

        terminal_row(&out, text, length);
        text += length + (text[length] != '\0');
    }
    terminal_put(&out, rows);
    free(out.data);
    terminal_drawn = rows;
    terminal_columns = terminal_size().columns;
}

void terminal_clear(void)
{
    if (terminal_drawn == 0)
        return;
    terminal_draw("");
}
