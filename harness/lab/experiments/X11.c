#include "lab/lab.h"

const struct lab_experiment lab_X11 = {
    .id = "X11",
    .title = "A backlog makes AcceptEx succeed",
    .group = "more",
    .claim = "AcceptEx that is posted while connections wait in the backlog "
             "succeeds at once.",
    .source = LAB_TIME,
    .rounds = 3,
    .arms = {{"16 in the backlog", .words = "probe first_data --silent=16"}},
    .parts = {{"Each completes without another client", LAB_EQUALS,
               "/backlog_completed", .limit = 16},
              {"The call itself returns TRUE", LAB_EQUALS,
               "/backlog_done_at_once", .limit = 16, .needs = LAB_WINDOWS,
               .why =
                   "Windows: Wine's AcceptEx always returns by a completion."}},
    .today = "Handle both: TRUE, and FALSE with ERROR_IO_PENDING. On a port a "
             "completion packet follows either.",
};
