#include "common/lookup.h"
#include "common/win.h"
#include <string.h>

bool look_up(const wchar_t *module, const char *name, void *call, size_t size)
{
    HMODULE loaded = GetModuleHandleW(module);
    FARPROC found = loaded ? GetProcAddress(loaded, name) : NULL;
    /* Copied: there is no cast from one type of function to another that all
     * compilers let pass. */
    memset(call, 0, size);
    memcpy(call, &found, sizeof found);
    return found != NULL;
}
