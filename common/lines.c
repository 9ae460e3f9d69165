#include "common/lines.h"

#include <stdlib.h>
#include <string.h>

void lines_add(struct lines *l, const char *bytes, size_t count)
{
    if (l->begin > 0) {
        l->held.length -= l->begin;
        memmove(l->held.data, l->held.data + l->begin, l->held.length);
        l->begin = 0;
    }
    text_add_bytes(&l->held, bytes, count);
}

static char *lines_take(struct lines *l, size_t length, size_t taken)
{
    char *line = l->held.data + l->begin;
    l->begin += taken;
    l->searched = 0;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return line;
}

char *lines_next(struct lines *l)
{
    size_t left = l->held.length - l->begin;
    if (left == l->searched)
        return NULL;
    char *from = l->held.data + l->begin;
    char *end = memchr(from + l->searched, '\n', left - l->searched);
    if (end != NULL)
        return lines_take(l, (size_t)(end - from), (size_t)(end - from) + 1);
    l->searched = left;
    return left < LINES_LONGEST ? NULL : lines_rest(l);
}

char *lines_rest(struct lines *l)
{
    size_t left = l->held.length - l->begin;
    return left > 0 ? lines_take(l, left, left) : NULL;
}

void lines_free(struct lines *l)
{
    free(l->held.data);
    memset(l, 0, sizeof *l);
}
