/* The subcommands. argv[0] is the command's own name ("load"), so that argc and
 * argv go to args_parse as they come. Each returns the program's exit code. */
#ifndef IOMODELS_CMD_H
#define IOMODELS_CMD_H

enum { EXIT_INTERRUPTED = 130 };

int cmd_run(int argc, char **argv); /* run, compare, book and soak */
int cmd_load(int argc, char **argv);
int cmd_results(int argc, char **argv); /* table, check, plot and report */

#endif
