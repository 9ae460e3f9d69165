/* What all pages have: a template, whose {{names}} are filled, and charts. */
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/file.h"
#include "plot_pieces.h"
#include "plots/plot.h"
#include "results/table_format.h"

char *page_make(const char *html, const struct record_set *set,
                const struct report_options *options,
                bool (*fill)(struct text *out, const char *name,
                             const struct record_set *set,
                             const struct report_options *options))
{
    const char *at = html, *open = strstr(at, "{{");
    struct text page = {0};
    bool good = true;
    while (open != NULL && good) {
        size_t length = strcspn(open + 2, "}");
        struct text name = {0};
        text_add_bytes(&page, at, (size_t)(open - at));
        text_add_bytes(&name, open + 2, length);
        if (strcmp(name.data, "version") == 0)
            html_text(&page, options->version);
        else if (strcmp(name.data, "css") == 0)
            text_add(&page, "%s", report_css);
        else if (strcmp(name.data, "sort") == 0)
            text_add(&page, "%s", report_sort);
        else
            good = fill(&page, name.data, set, options);
        free(name.data);
        at = open + 2 + length + 2;
        open = strstr(at, "{{");
    }
    text_add(&page, "%s", at);
    if (good)
        return text_take(&page);
    free(page.data);
    return NULL;
}

void page_add(struct text *out, char *text)
{
    text_add(out, "%s", text);
    free(text);
}

void page_wine(struct text *out, const struct record_set *set)
{
    char *wine = records_wine(set);
    if (wine != NULL) {
        text_add(out, "<p class=\"wine\"><strong>Wine, not Windows.</strong> ");
        html_text(out, wine);
        text_add(out, "</p>\n");
    }
    free(wine);
}

bool page_chart(struct text *out, const struct report_options *options,
                const char *name, const char *label, const char *title,
                const char *description)
{
    char *path = text_make("%s/%s.svg", options->charts, name), *svg = NULL;
    size_t size;
    uint32_t code = file_read(path, &svg, &size);
    text_add(out, "<div class=\"chart scroll\" role=\"region\" tabindex=\"0\" "
                  "aria-label=\"");
    html_text(out, label);
    text_add(out, "\">\n");
    bool good = code == 0 && report_svg(out, svg, name, title, description);
    text_add(out, "</div>");
    if (code != 0)
        file_complain("read the chart", path, code);
    else if (!good)
        complain("%s is not a chart as gnuplot writes them; use another "
                 "gnuplot with --gnuplot",
                 path);
    free(svg);
    free(path);
    return good;
}
