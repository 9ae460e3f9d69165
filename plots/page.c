/* Fills the {{names}} of a page's template. */
#include <stdlib.h>
#include <string.h>

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
