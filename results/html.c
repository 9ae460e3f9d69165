#include "results/html.h"

#include <ctype.h>
#include <string.h>

void html_text(struct text *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '&')
            text_add(out, "&amp;");
        else if (*text == '<')
            text_add(out, "&lt;");
        else if (*text == '>')
            text_add(out, "&gt;");
        else if (*text == '"')
            text_add(out, "&quot;");
        else if (*text == '\'')
            text_add(out, "&#39;");
        else
            text_add_bytes(out, text, 1);
}

void html_href(struct text *out, const char *path)
{
    for (; *path != '\0'; path++)
        if (isalnum((unsigned char)*path) || strchr("-._~/", *path) != NULL)
            text_add_bytes(out, path, 1);
        else
            text_add(out, "%%%02X", (unsigned)(unsigned char)*path);
}
