/* The terminal on standard error: a block of rows there that is rewritten in
 * place. For one thread. */
#ifndef IOMODELS_TERMINAL_H
#define IOMODELS_TERMINAL_H

#include <stddef.h>

/* Columns and rows of the terminal; columns are 0 where nothing can be
 * rewritten in place: no terminal, or one without a cursor. */
struct terminal_size {
    size_t columns, rows;
};
struct terminal_size terminal_size(void);

/* Draws a block of rows, each ended by a line feed, over the one before. An
 * empty row stands above it, with the cursor: what others write meanwhile is
 * a line of its own. */
void terminal_draw(const char *text);

/* Takes the block away, before anything else is written there; the cursor is
 * where the block began. */
void terminal_clear(void);

#endif
