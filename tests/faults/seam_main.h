/* Before the server's main.c in iomodels-server-faults: tests/faults/faults.c
 * begins and ends the program. */
#ifndef IOMODELS_SEAM_MAIN_H
#define IOMODELS_SEAM_MAIN_H

#include "model.h"

int server_main(int argc, char **argv);
_Noreturn void fault_exit(UINT code);

#define main              server_main
#define ExitProcess(code) fault_exit(code)

#endif
