#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/errors.h"
#include "cli/output.h"
#include "results/book.h"
#include "results/explain.h"
#include "results/table.h"

static bool cmd_table_format(const char *name, enum table_format *format)
{
    static const char *const names[] = {"text", "markdown", "csv", "html",
                                        NULL};

    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0) {
            *format = (enum table_format)i;
            return true;
        }
    complain("--format: '%s' is unknown; use text, markdown, csv or html",
             name);
    return false;
}

static int cmd_table_write(const char *text, const char *output)
{
    if (output == NULL)
        fputs(text, stdout);
    else if (!output_write("--output", output, text))
        return EXIT_BAD_INPUT;
    return 0;
}

int cmd_table(int argc, char **argv)
{
    const char *folder = NULL, *format_name = "text", *output = NULL;
    const char *explain = NULL;
    bool book = false;
    const struct arg args[] = {
        {"DIR", ARG_TEXT, &folder, 0, 0, NULL, "the folder of the records"},
        {"--format", ARG_TEXT, &format_name, 0, 0, "NAME",
         "text, markdown, csv or html (text)"},
        {"--output", ARG_TEXT, &output, 0, 0, "FILE",
         "write it there (standard output)"},
        {"--book", ARG_FLAG, &book, 0, 0, NULL,
         "the table of the book beside ours (see iomodels book)"},
        {"--explain", ARG_TEXT, &explain, 0, 0, "MODEL:TIER:COLUMN",
         "instead: the records, samples and formula of that cell, its column "
         "named as in the CSV without --book"},
        {NULL, ARG_FLAG, NULL, 0, 0, NULL, NULL},
    };
    const struct arg_command command = {
        "iomodels table DIR [OPTION...]",
        "Prints the table of a folder's records.", args, 1};
    enum table_format format;
    struct record_set *set;
    char *text;
    int result;

    switch (args_parse(&command, argc, argv)) {
    case ARGS_HELP:
        return 0;
    case ARGS_BAD:
        return EXIT_BAD_INPUT;
    case ARGS_GO:
        break;
    }
    if (!cmd_table_format(format_name, &format) ||
        (output != NULL && !output_may("--output", output)))
        return EXIT_BAD_INPUT;
    if (explain != NULL && format != TABLE_TEXT) {
        complain("--explain is text; leave out --format %s", format_name);
        return EXIT_BAD_INPUT;
    }
    set = records_load(folder);
    if (set == NULL)
        return EXIT_BAD_INPUT;
    if (explain != NULL)
        text = explain_cell(set, explain);
    else
        text = book ? book_make(set, format) : table_make(set, format);
    result = text != NULL ? cmd_table_write(text, output) : EXIT_BAD_INPUT;
    free(text);
    records_free(set);
    return result;
}
