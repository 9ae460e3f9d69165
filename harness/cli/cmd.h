/* One function a subcommand, one file each. argv[0] is the command's own name
 * ("load"), so that argc and argv go to args_parse as they come. Returns the
 * exit code of the program: 0, EXIT_BAD_RUN, EXIT_BAD_INPUT, ... */
#ifndef IOMODELS_CMD_H
#define IOMODELS_CMD_H

int cmd_run(int argc, char **argv);
int cmd_soak(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_book(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_models(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_report(int argc, char **argv);

#endif
