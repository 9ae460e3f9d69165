#include "common/options.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define SERVER   OPTION_SERVER
#define LOAD     OPTION_LOAD
#define RUN      OPTION_RUN
#define BESIDE   OPTION_BESIDE
#define IF_GIVEN (OPTION_RUN | OPTION_IF_GIVEN)
#define MS       UINT64_C(1000)
#define DAY      (UINT64_C(86400000) * MS)

const struct option option_table[OPTION_ROWS] = {
#define NUMBER_OPTION(field, name, programs, kind, key, preset, low, high,     \
                      metavar, ...)                                            \
    {name,    programs,                                                        \
     kind,    offsetof(struct option_values, field),                           \
     key,     preset,                                                          \
     low,     high,                                                            \
     metavar, .help = __VA_ARGS__},
#define TEXT_OPTION(field, name, programs, key, preset, metavar, ...)          \
    NUMBER_OPTION(field, name, programs, ARG_TEXT, key, preset, 0, 0, metavar, \
                  __VA_ARGS__)
#define FLAG_OPTION(field, name, programs, help)                               \
    NUMBER_OPTION(field, name, programs, ARG_FLAG, NULL, NULL, 0, 0, NULL, help)
#define LIST_OPTION(field, name, programs, key, metavar, ...)                  \
    NUMBER_OPTION(field, name, programs, ARG_EACH, key, NULL, 0, 0, metavar,   \
                  __VA_ARGS__)
#define SAME_FIELD TEXT_OPTION
#include "common/option_list.h"
};

bool option_is_number(const struct option *option)
{
    return option->kind <= ARG_TIME;
}

const void *option_field(const struct option *option,
                         const struct option_values *values)
{
    return (const char *)values + option->offset;
}

void option_defaults(struct option_values *values, int program)
{
    memset(values, 0, sizeof *values);
    for (const struct option *o = option_table; o->name != NULL; o++) {
        void *field = (char *)values + o->offset;
        const bool run = program == OPTION_RUN;
        const char *preset =
            run && o->run_preset != NULL ? o->run_preset : o->preset;
        bool left_out = run && (o->programs & OPTION_IF_GIVEN) != 0;
        if ((o->programs & program) == 0)
            continue;
        if (option_is_number(o)) {
            uint64_t *number = field;
            *number = OPTION_UNSET;
            if (preset != NULL && !left_out)
                number_read((enum number_kind)o->kind, preset, number);
        } else if (o->kind == ARG_TEXT) {
            *(const char **)field = preset;
        }
    }
}

size_t option_args(struct option_values *values, int program,
                   struct arg args[OPTION_ROWS])
{
    size_t n = 0;
    for (const struct option *o = option_table; o->name != NULL; o++) {
        struct arg arg = {o->name, o->kind, (char *)values + o->offset,
                          o->low,  o->high, o->metavar,
                          o->help};
        if ((o->programs & program) == 0)
            continue;
        if (program == OPTION_RUN && o->run_name != NULL)
            arg.name = o->run_name;
        if (program == OPTION_RUN && o->run_help != NULL)
            arg.help = o->run_help;
        if (program == OPTION_RUN && o->run_low != 0)
            arg.low = o->run_low;
        args[n++] = arg;
    }
    args[n] = (struct arg){0};
    return n;
}

/* The number before `end`, which may be the text's. */
static bool option_number_part(enum number_kind kind, const char *text,
                               size_t end, uint64_t low, uint64_t high,
                               uint64_t *value)
{
    char *part = text_make("%.*s", (int)end, text);
    const bool good =
        number_read(kind, part, value) && *value >= low && *value <= high;
    free(part);
    return good;
}

bool option_work(const char *text, struct option_work *work)
{
    const size_t kind = strcspn(text, ":");
    const char *us = text + kind + (text[kind] == ':');
    const size_t end = strcspn(us, "/");
    work->blocks = kind == 5 && memcmp(text, "block", 5) == 0;
    work->every = 1;
    return (work->blocks || (kind == 4 && memcmp(text, "spin", 4) == 0)) &&
           option_number_part(NUMBER_COUNT, us, end, 1, 10000 * MS,
                              &work->us) &&
           (us[end] == '\0' ||
            option_number_part(NUMBER_COUNT, us + end + 1, strlen(us + end + 1),
                               1, 1000 * MS, &work->every));
}

bool option_working_set(const char *text, uint64_t *least, uint64_t *most)
{
    const size_t end = strcspn(text, ":");
    const uint64_t high = UINT64_C(1) << 44;
    return text[end] == ':' &&
           option_number_part(NUMBER_SIZE, text, end, 1, high, least) &&
           option_number_part(NUMBER_SIZE, text + end + 1,
                              strlen(text + end + 1), *least, high, most);
}

struct option_part option_part(uint64_t all, uint64_t rank, uint64_t generators)
{
    const uint64_t first = all * rank / generators;
    return (struct option_part){first, all * (rank + 1) / generators - first};
}

char *option_list_part(const char *list, uint64_t rank, uint64_t generators)
{
    struct option_part part;
    struct text text = {0};
    uint64_t count = 1;
    for (const char *c = list; *c != '\0'; c++)
        count += *c == ',';
    part = option_part(count, rank, generators);
    for (uint64_t i = 0; i < part.first + part.count; i++) {
        const size_t length = strcspn(list, ",");
        if (i >= part.first)
            text_add(&text, "%s%.*s", i > part.first ? "," : "", (int)length,
                     list);
        list += length + (list[length] == ',');
    }
    return text_take(&text);
}

bool option_poisson(const struct option_values *values)
{
    return values->arrivals != NULL && strcmp(values->arrivals, "poisson") == 0;
}

char *option_wrong_text(const struct option_values *values)
{
    struct option_work work;
    uint64_t least, most;
    if (values->work != NULL && !option_work(values->work, &work))
        return text_make("--work: '%.100s' is not such as spin:50, block:10000 "
                         "or block:10000/50; give us, up to 10 s, and at "
                         "which messages",
                         values->work);
    if (values->working_set != NULL &&
        !option_working_set(values->working_set, &least, &most))
        return text_make("--working-set: '%.100s' is not such as 64M:256M; "
                         "give the least and the most bytes",
                         values->working_set);
    return NULL;
}
