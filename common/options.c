#include "common/options.h"

#include <string.h>

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
