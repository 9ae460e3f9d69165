#include "common/lines.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"

enum { LINES_STEP = 64 * 1024 };

char *lines_room(struct lines *l, size_t *room)
{
    if (l->begin > 0) {
        memmove(l->data, l->data + l->begin, l->end - l->begin);
        l->end -= l->begin;
        l->begin = 0;
    }
    if (l->size - l->end < LINES_STEP / 2) {
        l->size += l->size < LINES_STEP ? LINES_STEP : l->size;
        l->data = realloc(l->data, l->size);
        if (l->data == NULL)
            die("realloc");
    }
    *room = l->size - l->end - 1;
    return l->data + l->end;
}

void lines_added(struct lines *l, size_t bytes)
{
    l->end += bytes;
}

static char *lines_take(struct lines *l, size_t length, size_t taken)
{
    char *line = l->data + l->begin;
    l->begin += taken;
    l->searched = 0;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return line;
}

char *lines_next(struct lines *l)
{
    for (;;) {
        size_t held = l->end - l->begin;
        if (held == l->searched)
            return NULL;
        char *from = l->data + l->begin;
        char *end = memchr(from + l->searched, '\n', held - l->searched);
        if (end == NULL && l->skipping) {
            l->begin = l->end;
            l->searched = 0;
            return NULL;
        }
        if (end == NULL && held < LINES_LONGEST) {
            l->searched = held;
            return NULL;
        }
        if (end == NULL) {
            l->skipping = true;
            return lines_take(l, held, held);
        }
        size_t length = (size_t)(end - from);
        if (!l->skipping)
            return lines_take(l, length, length + 1);
        l->skipping = false;
        l->begin += length + 1;
        l->searched = 0;
    }
}

char *lines_rest(struct lines *l)
{
    size_t held = l->end - l->begin;
    if (held == 0 || l->skipping)
        return NULL;
    return lines_take(l, held, held);
}

void lines_free(struct lines *l)
{
    free(l->data);
    memset(l, 0, sizeof *l);
}
