#include "common/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "common/text.h"

enum { ARGS_MOST = 64 }; /* of a command, as in the whole program */

static bool args_is_option(const struct arg *arg)
{
    return arg->name[0] == '-';
}

static void args_help(const struct arg_command *command)
{
    printf("usage: %s\n\n%s\n", command->usage, command->summary);
    if (command->args->name != NULL)
        printf("\n");
    for (const struct arg *arg = command->args; arg->name != NULL; arg++) {
        char left[64];

        snprintf(left, sizeof left, "%s%s%s", arg->name,
                 arg->metavar != NULL ? " " : "",
                 arg->metavar != NULL ? arg->metavar : "");
        if (strlen(left) > 26)
            printf("  %s\n  %-26s  %s\n", left, "", arg->help);
        else
            printf("  %-26s  %s\n", left, arg->help);
    }
    printf("  %-26s  %s\n", "--help", "print this and exit");
}

static enum args_result args_bad(const struct arg *arg, const char *text,
                                 const char *form)
{
    complain("%s: '%s' is not %s; see --help", arg->name, text, form);
    return ARGS_BAD;
}

static const struct args_form {
    bool (*parse)(const char *text, uint64_t *value);
    char *(*show)(uint64_t value, char *text, size_t size);
    const char *form, *unit;
} args_forms[] = {
    [ARG_COUNT] = {number_count, number_show_count,
                   "a whole number such as 1000 or 1k", ""},
    [ARG_SIZE] = {number_size, number_type_size,
                  "a size such as 4096, 64K or 1M", " bytes"},
    [ARG_TIME] = {number_time, number_type_time,
                  "a time such as 5s, 200ms or 3m", ""},
};

bool args_read_number(enum arg_kind kind, const char *text, uint64_t *value)
{
    return args_forms[kind].parse(text, value);
}

static enum args_result args_number(const struct arg *arg, const char *text)
{
    const struct args_form *form = &args_forms[arg->kind];
    bool limited = arg->low != 0 || arg->high != 0;
    uint64_t value = 0, most = limited ? arg->high : UINT64_MAX;
    char low[32], high[32];
    bool parsed = form->parse(text, &value);

    if (!parsed && value != NUMBER_HUGE)
        return args_bad(arg, text, form->form);
    if (!parsed || value < arg->low || value > most) {
        complain("%s: %s is out of range; give %s to %s%s", arg->name, text,
                 form->show(arg->low, low, sizeof low),
                 form->show(most, high, sizeof high), form->unit);
        return ARGS_BAD;
    }
    *(uint64_t *)arg->value = value;
    return ARGS_GO;
}

static enum args_result args_set(const struct arg *arg, const char *text)
{
    struct arg_list *list = arg->value;

    switch (arg->kind) {
    case ARG_FLAG:
        *(bool *)arg->value = true;
        return ARGS_GO;
    case ARG_TEXT:
    case ARG_LAST:
        *(const char **)arg->value = text;
        if (*text != '\0' || arg->kind == ARG_LAST)
            return ARGS_GO;
        complain("%s is empty; name something%s", arg->name,
                 args_is_option(arg) ? ", or leave it out" : "");
        return ARGS_BAD;
    case ARG_SHARE:
        return number_share(text, arg->value)
                   ? ARGS_GO
                   : args_bad(arg, text, "a share such as 5% or 0.05");
    case ARG_EACH:
        if (list->count < ARG_LIST_MAX) {
            list->text[list->count++] = text;
            return ARGS_GO;
        }
        complain("%s: given more than %d times; give fewer", arg->name,
                 ARG_LIST_MAX);
        return ARGS_BAD;
    case ARG_COUNT:
    case ARG_SIZE:
    case ARG_TIME:
        break;
    }
    return args_number(arg, text);
}

static enum args_result args_unknown(const struct arg_command *command,
                                     const char *name)
{
    const char *names[ARGS_MOST + 1], *near;
    size_t count = 0;

    for (const struct arg *arg = command->args; arg->name != NULL; arg++)
        if (args_is_option(arg) && count < ARGS_MOST)
            names[count++] = arg->name;
    names[count] = NULL;
    near = args_nearest(name, names);
    if (near != NULL)
        complain("unknown option %s; did you mean %s? (--help lists all)", name,
                 near);
    else
        complain("unknown option %s; --help lists all", name);
    return ARGS_BAD;
}

static const struct arg *args_find(const struct arg_command *command,
                                   const char *name, size_t length)
{
    for (const struct arg *arg = command->args; arg->name != NULL; arg++)
        if (args_is_option(arg) && strlen(arg->name) == length &&
            memcmp(arg->name, name, length) == 0)
            return arg;
    return NULL;
}

/* The place of the n-th positional text: the last one may take the rest. */
static const struct arg *args_place(const struct arg_command *command, size_t n)
{
    for (const struct arg *arg = command->args; arg->name != NULL; arg++) {
        if (args_is_option(arg))
            continue;
        if (n == 0 || arg->kind == ARG_EACH)
            return arg;
        n--;
    }
    return NULL;
}

/* One command line on its way. */
struct args_line {
    const struct arg_command *command;
    int argc, at;
    char **argv;
    bool given[ARGS_MOST]; /* by the place in the command's table */
    size_t positional;
};

static bool args_is_again(struct args_line *line, const struct arg *arg)
{
    size_t place = (size_t)(arg - line->command->args);
    bool again;

    if (place >= ARGS_MOST)
        die("args_is_again");
    again = line->given[place];
    line->given[place] = true;
    return again && arg->kind != ARG_EACH && arg->kind != ARG_LAST;
}

static enum args_result args_option(struct args_line *line)
{
    const char *text = line->argv[line->at], *equals = strchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    const struct arg *arg = args_find(line->command, text, length);

    if (arg == NULL)
        return args_unknown(line->command, text);
    if (arg->kind == ARG_FLAG && equals == NULL)
        return args_set(arg, NULL);
    if (arg->kind == ARG_FLAG)
        complain("%s takes no value; leave out '%s'", arg->name, equals);
    else if (args_is_again(line, arg))
        complain("%s is given twice; give it once", arg->name);
    else if (equals != NULL)
        return args_set(arg, equals + 1);
    else if (++line->at < line->argc)
        return args_set(arg, line->argv[line->at]);
    else
        complain("%s needs a value: %s %s", arg->name, arg->name, arg->metavar);
    return ARGS_BAD;
}

static enum args_result args_positional(struct args_line *line)
{
    const char *text = line->argv[line->at];
    const struct arg *arg = args_place(line->command, line->positional++);

    if (arg != NULL)
        return args_set(arg, text);
    complain("unexpected argument '%s'; usage: %s", text, line->command->usage);
    return ARGS_BAD;
}

enum args_result args_parse(const struct arg_command *command, int argc,
                            char **argv)
{
    struct args_line line = {.command = command, .argc = argc, .argv = argv};
    bool options = true, help = false;

    for (line.at = 1; line.at < argc; line.at++) {
        const char *text = argv[line.at];
        enum args_result result = ARGS_GO;

        if (!options || text[0] != '-' || text[1] == '\0')
            result = args_positional(&line);
        else if (strcmp(text, "--") == 0)
            options = false;
        else if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)
            help = true;
        else
            result = args_option(&line);
        if (result != ARGS_GO)
            return result;
    }
    if (help) {
        args_help(command);
        return ARGS_HELP;
    }
    if (line.positional < command->positional_min) {
        complain("%s is missing; usage: %s",
                 args_place(command, line.positional)->name, command->usage);
        return ARGS_BAD;
    }
    return ARGS_GO;
}

static size_t args_distance(const char *a, const char *b)
{
    enum { LENGTH = 48 };
    size_t row[LENGTH + 1], m = strlen(a), n = strlen(b);

    if (m > LENGTH || n > LENGTH)
        return LENGTH;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = corner + (a[i - 1] != b[j - 1]);

            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *args_nearest(const char *text, const char *const *names)
{
    const char *nearest = NULL;
    size_t best = strlen(text) / 2 < 3 ? strlen(text) / 2 + 1 : 4;

    for (; *names != NULL; names++) {
        size_t distance = args_distance(text, *names);

        if (distance < best) {
            best = distance;
            nearest = *names;
        }
    }
    return nearest;
}

void args_unknown_name(const char *what, const char *name,
                       const char *const *names)
{
    const char *near = args_nearest(name, names);
    struct text all = {0};

    for (; *names != NULL; names++)
        text_add(&all, "%s%s", all.length > 0 ? ", " : "", *names);
    complain("%s '%s'; %s%s%schoose from %s", what, name,
             near != NULL ? "did you mean " : "", near != NULL ? near : "",
             near != NULL ? "? Or " : "", all.data);
    free(all.data);
}
