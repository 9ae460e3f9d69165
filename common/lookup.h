/* Calls that older systems, or Windows itself, may not have. */
#ifndef IOMODELS_LOOKUP_H
#define IOMODELS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

/* Sets the function pointer at `call`, of `size` bytes, to what a loaded module
 * exports under a name. False, and NULL there, when it does not. */
bool look_up(const wchar_t *module, const char *name, void *call, size_t size);

#endif
