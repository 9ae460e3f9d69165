/* Text into HTML, so that nothing in a record is ever markup. */
#ifndef IOMODELS_HTML_H
#define IOMODELS_HTML_H

#include "common/text.h"

/* For element content and quoted attributes. */
void html_text(struct text *out, const char *text);

/* A relative path as a quoted href. */
void html_href(struct text *out, const char *path);

#endif
