#include "common/options.h"

#include <string.h>

#define SERVER      OPTION_SERVER
#define LOAD        OPTION_LOAD
#define RUN         OPTION_RUN
#define BESIDE      OPTION_BESIDE
#define IF_GIVEN    (OPTION_RUN | OPTION_IF_GIVEN)
#define FIELD(name) offsetof(struct option_values, name)
#define MS          UINT64_C(1000)
#define DAY         (UINT64_C(86400000) * MS)

const struct option option_table[OPTION_ROWS] = {
#define OPTION_ROW(field, name, programs, kind, ...)                           \
    {name, programs, kind, FIELD(field), __VA_ARGS__},
#define TEXT_OPTION   OPTION_ROW
#define NUMBER_OPTION OPTION_ROW
#define FLAG_OPTION   OPTION_ROW
#define LIST_OPTION   OPTION_ROW
#define SAME_FIELD    OPTION_ROW
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
        bool left_out =
            program == OPTION_RUN && (o->programs & OPTION_IF_GIVEN) != 0;
        if ((o->programs & program) == 0)
            continue;
        if (option_is_number(o)) {
            uint64_t *number = field;
            *number = OPTION_UNSET;
            if (o->preset != NULL && !left_out)
                number_read((enum number_kind)o->kind, o->preset, number);
        } else if (o->kind == ARG_TEXT) {
            *(const char **)field = o->preset;
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
