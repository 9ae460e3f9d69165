#ifndef IOMODELS_UTF8_H
#define IOMODELS_UTF8_H

/* Puts ? for each byte that is not UTF-8, such as half of a letter that was
 * cut; returns `text`. For whatever comes from outside. */
char *utf8_valid(char *text);

#endif
