/* Before the server's main.c in iomodels-server-witness: the witness has the
 * last word, once run() has returned. */
#ifndef IOMODELS_WITNESS_MAIN_H
#define IOMODELS_WITNESS_MAIN_H

#include "model.h"

_Noreturn void witness_exit(UINT code);

#define ExitProcess witness_exit

#endif
