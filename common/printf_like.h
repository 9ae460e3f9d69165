/* PRINTF_LIKE(text, first) is of the declaration of a function that takes
 * printf's format as its argument number `text` and what goes into it from
 * number `first` on. Where the compiler can check the calls, meson.build
 * defines it; elsewhere it is nothing. */
#ifndef IOMODELS_PRINTF_LIKE_H
#define IOMODELS_PRINTF_LIKE_H

#ifndef PRINTF_LIKE
#define PRINTF_LIKE(text, first)
#endif

#endif
