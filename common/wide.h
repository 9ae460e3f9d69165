/* UTF-8 to and from UTF-16, on Windows. Results are the caller's to free. */
#ifndef IOMODELS_WIDE_H
#define IOMODELS_WIDE_H

#include <wchar.h>

wchar_t *wide_from(const char *text);
char *wide_to(const wchar_t *text);

#endif
