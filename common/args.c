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
    printf("  %-26s  %s\n", "--help", "print this text and exit");
}

static enum args_result args_bad(const struct arg *arg, const char *text)
{
    static const char *const forms[] = {
        [ARG_COUNT] = "a whole number such as 1000 or 1k",
        [ARG_SIZE] = "a size such as 4096, 64K or 1M",
        [ARG_TIME] = "a time such as 5s, 200ms or 3m",
        [ARG_SHARE] = "a share such as 5% or 0.05",
    };

    complain("%s: '%s' is not %s; see --help", arg->name, text,
             forms[arg->kind]);
    return ARGS_BAD;
}

static enum args_result args_number(const struct arg *arg, const char *text)
{
    enum number_kind kind = (enum number_kind)arg->kind;
    bool limited = arg->low != 0 || arg->high != 0;
    uint64_t value = 0, most = limited ? arg->high : UINT64_MAX;
    char low[32], high[32];
    bool parsed = number_read(kind, text, &value);

    if (!parsed && value != NUMBER_HUGE)
        return args_bad(arg, text);
    if (!parsed || value < arg->low || value > most) {
        complain("%s: %s is out of range; give %s to %s%s", arg->name, text,
                 number_show(kind, arg->low, low, sizeof low),
                 number_show(kind, most, high, sizeof high),
                 kind == NUMBER_SIZE ? " bytes" : "");
        return ARGS_BAD;
    }
    *(uint64_t *)arg->value = value;
    return ARGS_GO;
}

/* Whether it is one of "on|off", if that is what metavar says. */
static bool args_is_word(const struct arg *arg, const char *text)
{
    const char *word = arg->metavar;
    if (word == NULL || strchr(word, '|') == NULL)
        return true;
    for (size_t length; *word != '\0'; word += length + (word[length] == '|')) {
        length = strcspn(word, "|");
        if (strlen(text) == length && memcmp(word, text, length) == 0)
            return true;
    }
    return false;
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
        if (!args_is_word(arg, text)) {
            complain("%s: there is no '%s'; give one of %s", arg->name, text,
                     arg->metavar);
            return ARGS_BAD;
        }
        if (*text != '\0' || arg->kind == ARG_LAST)
            return ARGS_GO;
        complain("%s is empty; give it a value%s", arg->name,
                 args_is_option(arg) ? ", or leave it out" : "");
        return ARGS_BAD;
    case ARG_SHARE:
        return number_share(text, arg->value) ? ARGS_GO : args_bad(arg, text);
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

/* The letters of the longer between a common beginning and a common end. */
static size_t args_distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b), least = m < n ? m : n;
    size_t begin = 0, end = 0;

    while (begin < least && a[begin] == b[begin])
        begin++;
    while (begin + end < least && a[m - 1 - end] == b[n - 1 - end])
        end++;
    return (m > n ? m : n) - begin - end;
}

static enum args_result args_unknown(const struct arg_command *command,
                                     const char *name)
{
    const char *near = NULL;
    size_t best = strlen(name) / 2 < 3 ? strlen(name) / 2 + 1 : 4;

    for (const struct arg *arg = command->args; arg->name != NULL; arg++) {
        size_t distance = args_distance(name, arg->name);

        if (!args_is_option(arg) || distance >= best)
            continue;
        best = distance;
        near = arg->name;
    }
    complain("unknown option %s; %s%s%s--help lists all", name,
             near != NULL ? "did you mean " : "", near != NULL ? near : "",
             near != NULL ? "? " : "");
    return ARGS_BAD;
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

/* *at is the option, and afterwards the last word that it took. */
static enum args_result args_option(const struct arg_command *command,
                                    char ***at, bool given[ARGS_MOST])
{
    const char *text = **at, *equals = strchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : strlen(text);
    const struct arg *arg = command->args;

    while (arg->name != NULL &&
           (strncmp(arg->name, text, length) != 0 || arg->name[length] != '\0'))
        arg++;
    if (arg->name == NULL)
        return args_unknown(command, text);
    bool *before = &given[arg - command->args];
    if (arg->kind == ARG_FLAG && equals == NULL)
        return args_set(arg, NULL);
    if (arg->kind == ARG_FLAG)
        complain("%s takes no value; leave out '%s'", arg->name, equals);
    else if (*before && arg->kind != ARG_EACH && arg->kind != ARG_LAST)
        complain("%s is given twice; give it once", arg->name);
    else if (equals == NULL && (*at)[1] == NULL)
        complain("%s needs a value: %s %s", arg->name, arg->name, arg->metavar);
    else {
        if (!*before && arg->kind == ARG_EACH)
            ((struct arg_list *)arg->value)->count = 0;
        *before = true;
        return args_set(arg, equals != NULL ? equals + 1 : *++*at);
    }
    return ARGS_BAD;
}

enum args_result args_parse(const struct arg_command *command, int argc,
                            char **argv)
{
    bool given[ARGS_MOST] = {false}, options = true, help = false;
    size_t positional = 0;

    for (char **at = argv + 1; at < argv + argc; at++) {
        const struct arg *place = args_place(command, positional);
        enum args_result result = ARGS_GO;
        const char *text = *at;

        if (options && strcmp(text, "--") == 0) {
            options = false;
        } else if (options &&
                   (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)) {
            help = true;
        } else if (options && text[0] == '-' && text[1] != '\0') {
            result = args_option(command, &at, given);
        } else if (place != NULL) {
            result = args_set(place, text);
            positional++;
        } else {
            complain("unexpected argument '%s'; usage: %s", text,
                     command->usage);
            return ARGS_BAD;
        }
        if (result != ARGS_GO)
            return result;
    }
    if (help) {
        args_help(command);
        return ARGS_HELP;
    }
    if (positional < command->positional_min) {
        complain("%s is missing; usage: %s",
                 args_place(command, positional)->name, command->usage);
        return ARGS_BAD;
    }
    return ARGS_GO;
}

void args_unknown_name(const char *what, const char *name,
                       const char *const *names)
{
    struct text all = {0};

    for (; *names != NULL; names++)
        text_add(&all, "%s%s", all.length > 0 ? ", " : "", *names);
    complain("%s '%s'; choose from %s", what, name, all.data);
    free(all.data);
}
