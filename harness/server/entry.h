/* Where the server's program begins. */
#ifndef IOMODELS_ENTRY_H
#define IOMODELS_ENTRY_H

/* With the arguments in UTF-8, which main would get in whatever the system's
 * code page can hold of them. Returns the exit code, or ends the process. */
int server_main(int argc, char **argv);

#endif
