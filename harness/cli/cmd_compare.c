#include "cli/cmd.h"

#include "cli/comparison.h"

int cmd_compare(int argc, char **argv)
{
    static const struct comparison_kind compare = {"compare", options_compare,
                                                   false};

    return comparison_run(&compare, argc, argv);
}
