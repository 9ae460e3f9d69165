/* What the files of the options share. */
#ifndef IOMODELS_OPTIONS_PARTS_H
#define IOMODELS_OPTIONS_PARTS_H

#include "cli/options.h"

enum { OPTIONS_ARGS = SETUP_ARGS + 16 };

struct arg options_text(const char *name, const char **value,
                        const char *metavar, const char *help);

void options_defaults(struct options *o);

/* The entries that all commands have, and those of compare and book; each
 * returns how many. */
size_t options_shared(struct options *o, struct arg *args);
size_t options_of_comparison(struct options *o, struct arg *args);

/* Tells of a default that differs from the other commands'. */
struct options_help {
    const char *name, *help;
};
void options_help(struct arg *args, size_t count,
                  const struct options_help *differs);

enum args_result options_parse(const char *usage, const char *summary,
                               const struct arg *args, int argc, char **argv);

/* After parsing; false, or ARGS_BAD, after one line. */
bool options_split_connections(struct options *o, const char *option);
enum args_result options_check(struct options *o);

#endif
