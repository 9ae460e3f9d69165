#include "cli/cmd.h"

#include "cli/comparison.h"

int cmd_book(int argc, char **argv)
{
    static const struct comparison_kind book = {"book", options_book, true};

    return comparison_run(&book, argc, argv);
}
