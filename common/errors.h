/* Internal errors, and the names and texts of system errors. */
#ifndef IOMODELS_ERRORS_H
#define IOMODELS_ERRORS_H

#include <stddef.h>
#include <stdint.h>

/* Of a function that takes printf's format as its argument number `text` and
 * what goes into it from number `first` on. Where the compiler can check the
 * calls, meson.build defines it. */
#ifndef PRINTF_LIKE
#define PRINTF_LIKE(text, first)
#endif

enum { EXIT_BAD_RUN = 1, EXIT_BAD_INPUT = 2, EXIT_REGRESSION = 3 };

/* Ends the program with code 70 (EX_SOFTWARE): prints the call that failed,
 * GetLastError() (errno elsewhere), its name and its text to standard error. */
_Noreturn void die(const char *call);

/* Zeroed memory, to free. */
void *calloc_or_die(size_t count, size_t size);

/* The symbolic name of a Win32 or Winsock error (of an errno elsewhere):
 * "WSAECONNRESET", or "ERROR_1234" for one that has no entry. Static. */
const char *error_name(uint32_t code);

/* The system's text for it, one line without the final full stop, UTF-8, into
 * text[size]; returns text. */
char *error_text(uint32_t code, char *text, size_t size);

/* GetLastError(), errno elsewhere. */
uint32_t error_last(void);

/* Puts ? for each byte that is not UTF-8, such as half of a letter that was
 * cut; returns `text`. For whatever comes from outside. */
char *utf8_valid(char *text);

/* One line to standard error, "iomodels: ..." (or the server's name). */
void program_name_set(const char *name);
void complain(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
