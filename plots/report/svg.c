#include "plots/report/report_parts.h"

#include <string.h>

#include "results/html.h"

/* Where an attribute's value that names another element begins: after id=" or
 * href="# or url(#. 0: none here. */
static size_t svg_name(const char *at)
{
    static const char *const before[] = {"id=\"",   "id='",  "href=\"#",
                                         "href='#", "url(#", "url('#"};

    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t length = strlen(before[i]);

        if (strncmp(at, before[i], length) == 0)
            return length;
    }
    return 0;
}

static void svg_words(struct text *out, const struct report_svg *words)
{
    text_add(out,
             " role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n"
             "<title id=\"%s-title\">",
             words->prefix, words->prefix, words->prefix);
    html_text(out, words->title);
    text_add(out, "</title>\n<desc id=\"%s-desc\">", words->prefix);
    html_text(out, words->description);
    text_add(out, "</desc>\n");
}

/* After gnuplot's own title and description, which say nothing. */
static const char *svg_body(const char *svg)
{
    const char *end = strstr(svg, "</desc>");

    return end != NULL ? end + strlen("</desc>") : NULL;
}

bool report_svg(struct text *out, const char *svg,
                const struct report_svg *words)
{
    const char *open = strstr(svg, "<svg");
    const char *inside = open != NULL ? strchr(open, '>') : NULL;
    const char *at = inside != NULL ? svg_body(inside) : NULL;
    const char *end = at != NULL ? strstr(at, "</svg>") : NULL;

    if (end == NULL || strstr(svg, "<script") != NULL)
        return false;
    text_add_bytes(out, open, (size_t)(inside - open));
    svg_words(out, words);
    while (at < end) {
        size_t name = svg_name(at);

        text_add_bytes(out, at, name > 0 ? name : 1);
        at += name > 0 ? name : 1;
        if (name > 0)
            text_add(out, "%s-", words->prefix);
    }
    text_add(out, "</svg>\n");
    return true;
}
