/* Command lines: one table a command. Bad input gets one line and exit 2. */
#ifndef IOMODELS_ARGS_H
#define IOMODELS_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/number.h"

enum arg_kind {
    ARG_COUNT = NUMBER_COUNT, /* uint64_t *, low..high; so are the next two */
    ARG_SIZE = NUMBER_SIZE,
    ARG_TIME = NUMBER_TIME,
    ARG_FLAG,  /* bool *: set to true */
    ARG_TEXT,  /* const char **: points into argv; never empty, and one of the
                  words of a metavar such as "on|off" */
    ARG_LAST,  /* the same, but may be empty, and the last one given wins: for
                  scripts that put theirs before the user's */
    ARG_SHARE, /* double *: number_share */
    ARG_EACH,  /* struct arg_list *: may be given again, one text a time; those of
                  a command line replace what the list had */
};

struct arg {
    const char *name; /* "--connections"; "DIR" (no dashes): positional */
    enum arg_kind kind;
    void *value;
    uint64_t low, high;  /* of ARG_COUNT, ARG_SIZE and ARG_TIME; 0, 0: any */
    const char *metavar; /* "N", "FILE", "on|off"; NULL for flags */
    const char *help;    /* one line, with the default */
};

enum { ARG_LIST_MAX = 4096 };
struct arg_list {
    size_t count;
    const char *text[ARG_LIST_MAX];
};

struct arg_command {
    const char *usage;      /* "iomodels run --model NAME [OPTION...]" */
    const char *summary;    /* one line */
    const struct arg *args; /* ends with a NULL name */
    size_t positional_min;  /* how many of the positional texts must be there */
};

/* Options as --name VALUE or --name=VALUE; one with a value is given once,
 * unless its kind says otherwise. Returns ARGS_GO; ARGS_HELP after printing
 * help to standard output (exit 0); or ARGS_BAD after one line to standard
 * error that names the argument, what is wrong and the remedy (exit 2).
 * Positional texts fill ARG_TEXT entries without dashes in order; the last may
 * be ARG_EACH and takes the rest. */
enum args_result { ARGS_GO, ARGS_HELP, ARGS_BAD };
enum args_result args_parse(const struct arg_command *command, int argc,
                            char **argv);

/* One line about a name that is none of `names`: "--model: there is no model",
 * then the name and all of them. */
void args_unknown_name(const char *what, const char *name,
                       const char *const *names);

#endif
