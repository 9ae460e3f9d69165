#include "common/parse.h"
#include <stdlib.h>
#include <string.h>

enum {
    PARSE_PORTS = 65536,
    PARSE_TICK_US = 10000, /* USER_HZ is 100 for every program */
    PARSE_USER_FIELD = 14  /* of /proc/PID/stat; kernel time follows */
};

/* The next number of digits in *text, which moves behind it. */
static bool parse_number(const char **text, uint64_t *value)
{
    const char *at = *text + strcspn(*text, "0123456789");
    char *end;
    if (*at == '\0')
        return false;
    *value = strtoull(at, &end, 10);
    *text = end;
    return true;
}

static bool parse_two(const char *text, uint64_t *a, uint64_t *b)
{
    return parse_number(&text, a) && parse_number(&text, b);
}

bool parse_netsh_ports(const char *text, uint32_t *first, uint32_t *count)
{
    uint64_t from, many;
    /* The labels are translated; the only two numbers are these. */
    if (!parse_two(text, &from, &many) || from == 0 || from >= PARSE_PORTS ||
        many == 0 || many > PARSE_PORTS - from)
        return false;
    *first = (uint32_t)from;
    *count = (uint32_t)many;
    return true;
}

static const char *parse_mode(const char *value)
{
    static const char *const modes[] = {"adaptive", "inline", "worker"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strncmp(value, modes[i], strlen(modes[i])) == 0)
            return modes[i];
    return NULL;
}

const char *parse_netsh_loopback(const char *text)
{
    const char *mode = NULL;
    while (*text != '\0' && !mode) {
        size_t length = strcspn(text, "\r\n");
        const char *colon = memchr(text, ':', length);
        const char *label = strstr(text, "oopback");
        if (colon && label && label < colon)
            mode = parse_mode(colon + 1 + strspn(colon + 1, " "));
        text += length;
        text += strspn(text, "\r\n");
    }
    return mode;
}

bool parse_wineserver(const char *text, uint64_t *user_us, uint64_t *kernel_us)
{
    uint64_t user, kernel;
    if (!strstr(text, "(wineserver"))
        return false;
    /* A name may hold spaces and brackets: the fields begin behind its last
     * bracket, with the third, the state. */
    const char *at = strrchr(text, ')');
    for (int field = 3; at && field <= PARSE_USER_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (!at || !parse_two(at, &user, &kernel))
        return false;
    *user_us = user * PARSE_TICK_US;
    *kernel_us = kernel * PARSE_TICK_US;
    return true;
}

bool parse_port_range(const char *text, uint32_t *first, uint32_t *count)
{
    uint64_t low, high;
    if (!parse_two(text, &low, &high) || low == 0 || high < low ||
        high >= PARSE_PORTS)
        return false;
    *first = (uint32_t)low;
    *count = (uint32_t)(high - low + 1);
    return true;
}

bool parse_after(const char *text, const char *name, uint64_t *value)
{
    const char *at = strstr(text, name);
    if (!at)
        return false;
    at += strlen(name);
    at += strspn(at, " ");
    return *at >= '0' && *at <= '9' && parse_number(&at, value);
}
