/* iomodels-server-faults: the server with calls that fail on demand. */
#include <stdlib.h>
#include <string.h>
#include "common/errors.h"
#include "common/json_lines.h"
#include "seam_main.h"
#include "start.h"

#undef main

static int main_bad(const char *text)
{
    complain("--fault %s: give SITE:N:ERROR[:KIND], with a site that "
             "--fault-sites lists, the number of its call from 1, and an error "
             "by name; kinds are fail, complete, short, late and reorder",
             text ? text : "");
    return EXIT_BAD_INPUT;
}

/* Takes its own arguments out and leaves the rest to the server. */
int main(int argc, char **argv)
{
    int kept = 1;
    program_name_set("iomodels-server-faults");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--fault-sites") == 0) {
            json_lines_init();
            faults_list();
            return EXIT_SUCCESS;
        }
        if (strcmp(argv[i], "--fault") == 0) {
            if (++i == argc || !faults_wish_for(argv[i]))
                return main_bad(i == argc ? NULL : argv[i]);
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    return server_main(kept, argv);
}
