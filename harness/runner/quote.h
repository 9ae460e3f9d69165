/* Windows hands a program one string; it splits that again by the rules of
 * its C runtime (CommandLineToArgvW's). This joins words so that they arrive
 * as they were. */
#ifndef IOMODELS_QUOTE_H
#define IOMODELS_QUOTE_H

/* `words` ends with NULL. Returns a string that the caller frees, or NULL when
 * the first word holds a quote mark, which no rule can carry. */
char *quote_command(const char *const *words);

#endif
