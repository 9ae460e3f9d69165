#include "plots/report/report_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "common/number.h"
#include "plots/plot_book.h"
#include "results/book.h"
#include "results/figure.h"
#include "results/html.h"

struct figures_words {
    const char *name, *title, *unit;
    int decimals;
    const char *meaning;
};

static const struct figures_words figures_words[] = {
    {"throughput", "Throughput", "round trips/s", 0,
     "Messages whose whole echo came back and was right, by the client's "
     "count, over the seconds that passed between the begin and the end of "
     "the measured window. Higher is better."},
    {"cpu", "Processor time a round trip", "us", 1,
     "User and kernel time of the server's process (and, under Wine, of "
     "wineserver, which does the system's part) in the window, divided by the "
     "round trips. Lower is better."},
    {"memory", "Memory of the server", "MiB", 1,
     "Working set of the server's process at the end of the window. It holds "
     "the stacks of its threads and one transfer buffer a connection."},
    {"threads", "Threads of the server", "threads", 0,
     "The most threads that the server's process had in any sample of the "
     "run."},
    {"latency_p50", "Latency, median", "ms", 2,
     "From the send of a message to the last byte of its echo: half of the "
     "messages took at most this long. When each connection always has a "
     "message under way, it is about connections / throughput. Lower is "
     "better."},
    {"latency_p99", "Latency, 99th percentile", "ms", 2,
     "99 of 100 messages took at most this long; far above the median means "
     "that some connections were starved. Lower is better."},
    {"connected", "Connected, of those attempted", "%", 1,
     "Connections that got the first echo, of the connections attempted."},
    {"pool", "Non-paged pool", "MiB", 2,
     "Growth of the system's non-paged pool (memory that can't be paged out) "
     "from before the first connection to the end of the window. On one "
     "machine the client's sockets are in it, too."},
    {"host_tcp_memory", "TCP memory of the Linux kernel", "MiB", 2,
     "Wine has no non-paged pool. This is what the Linux kernel below holds "
     "for TCP, both ends of each connection in it: growth from before the "
     "first connection to the end of the window."},
    {"book", "Connections and throughput, here and in the book", "", 0,
     "The share of the attempts that connected, and the bytes that the server "
     "sent a second, in the order of the table. Bars of the book that are "
     "hatched and its zeros with a question mark are not corroborated; hollow "
     "ones of ours are not valid."},
};

/* A chart without words of its own still has its name. */
static struct figures_words figures_find(const char *name)
{
    struct figures_words words = {name, name, "", 2, ""};

    for (size_t i = 0; i < sizeof figures_words / sizeof *figures_words; i++)
        if (strcmp(figures_words[i].name, name) == 0)
            words = figures_words[i];
    return words;
}

/* --- values -------------------------------------------------------------- */

static void figures_number(struct text *out, double value, int decimals)
{
    double scale = pow(10, decimals), whole;
    double part = modf(round(fabs(value) * scale) / scale, &whole);
    char count[40];

    text_add(out, "%s%s", value < 0 && whole + part > 0 ? "-" : "",
             number_show_count((uint64_t)whole, count, sizeof count));
    if (decimals > 0)
        text_add(out, ".%0*.0f", decimals, round(part * scale));
}

static struct figure figures_value(const struct record_group *group,
                                   const struct plot_figure *figure)
{
    double scale =
        figure->share ? figure->scale / group->connections : figure->scale;

    return figure_of(group, figure->pointer, scale);
}

/* The groups of one line of the chart follow each other. */
static bool figures_same_line(const struct record_group *a,
                              const struct record_group *b)
{
    return strcmp(a->model, b->model) == 0 &&
           strcmp(a->setting, b->setting) == 0;
}

static void figures_label(struct text *out, const struct record_group *group)
{
    text_add(out, "%s%s%s", group->model, group->label[0] != '\0' ? " " : "",
             group->label);
}

/* The different numbers of connections, ascending. */
static size_t figures_tiers(const struct record_set *set, double *tiers)
{
    size_t count = 0;
    double last = 0, next;

    for (;;) {
        next = last;
        for (size_t i = 0; i < set->group_count; i++) {
            double tier = set->groups[i].connections;

            if (tier > last && (next <= last || tier < next))
                next = tier;
        }
        if (next <= last)
            return count;
        tiers[count++] = last = next;
    }
}

/* --- words --------------------------------------------------------------- */

/* "... iocp: 10,767 at 100, 10,262 at 1,000. select: ..." */
static void figures_describe(struct text *out, const struct record_set *set,
                             const struct plot_figure *figure,
                             const struct figures_words *words)
{
    const struct record_group *begin = NULL;
    char count[40];

    text_add(out, "Line chart of %s in %s against the number of connections.",
             words->title, words->unit);
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        struct figure value = figures_value(group, figure);

        if (value.count == 0)
            continue;
        if (begin == NULL || !figures_same_line(begin, group)) {
            text_add(out, "%s ", begin != NULL ? "." : "");
            figures_label(out, group);
            text_add(out, ": ");
        } else {
            text_add(out, ", ");
        }
        begin = group;
        figures_number(out, value.median, words->decimals);
        text_add(out, " at %s",
                 number_show_count((uint64_t)group->connections, count,
                                   sizeof count));
        if (group_valid(group) == 0)
            text_add(out, " (not valid)");
    }
    text_add(out, ".");
}

/* --- the same as a table ------------------------------------------------- */

static void figures_cell(struct text *out, const struct record_group *group,
                         const struct plot_figure *figure,
                         const struct figures_words *words)
{
    struct figure value = figures_value(group, figure);

    text_add(out, "<td>");
    if (value.count == 0) {
        text_add(out, "n/a");
    } else {
        figures_number(out, value.median, words->decimals);
        if (value.low < value.high) {
            text_add(out, " <small>");
            figures_number(out, value.low, words->decimals);
            text_add(out, "..");
            figures_number(out, value.high, words->decimals);
            text_add(out, "</small>");
        }
        if (group_valid(group) == 0)
            text_add(out, " (not valid)");
    }
    text_add(out, "</td>");
}

/* One line of the chart; returns how many groups it took. */
static size_t figures_row(struct text *out, const struct record_set *set,
                          size_t first, const double *tiers, size_t tier_count,
                          const struct plot_figure *figure,
                          const struct figures_words *words)
{
    const struct record_group *group = &set->groups[first];
    struct text label = {0};
    size_t at = first;

    figures_label(&label, group);
    text_add(out, "<tr><th scope=\"row\">");
    html_text(out, label.data);
    text_add(out, "</th>");
    free(label.data);
    for (size_t t = 0; t < tier_count; t++) {
        if (at < set->group_count &&
            figures_same_line(group, &set->groups[at]) &&
            set->groups[at].connections <= tiers[t])
            figures_cell(out, &set->groups[at++], figure, words);
        else
            text_add(out, "<td>not run</td>");
    }
    text_add(out, "</tr>\n");
    return at - first;
}

static void figures_table(struct text *out, const struct record_set *set,
                          const struct plot_figure *figure,
                          const struct figures_words *words)
{
    double *tiers = calloc(set->group_count + 1, sizeof *tiers);
    size_t tier_count;
    char count[40];

    if (tiers == NULL)
        die("calloc");
    tier_count = figures_tiers(set, tiers);
    text_add(out,
             "<details><summary>The figures of this chart</summary>\n"
             "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"Figures: %s\">\n"
             "<table><caption>%s, %s, at each number of connections</caption>\n"
             "<thead><tr><th scope=\"col\" class=\"words\">model</th>",
             words->title, words->title, words->unit);
    for (size_t t = 0; t < tier_count; t++)
        text_add(out, "<th scope=\"col\">%s</th>",
                 number_show_count((uint64_t)tiers[t], count, sizeof count));
    text_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < set->group_count;)
        i += figures_row(out, set, i, tiers, tier_count, figure, words);
    text_add(out, "</tbody>\n</table></div></details>\n");
    free(tiers);
}

/* --- one figure ---------------------------------------------------------- */

static bool figures_draw(struct text *out, const char *folder,
                         const struct figures_words *words,
                         const char *description)
{
    struct report_svg svg = {words->name, words->title, description};
    struct text file = {0};
    char *path, *data = NULL;
    size_t size;
    uint32_t code;
    bool good;

    text_add(&file, "%s.svg", words->name);
    path = fs_join(folder, file.data);
    code = fs_read(path, &data, &size);
    good = code == 0 && report_svg(out, data, &svg);
    if (code != 0)
        fs_complain("read the chart", path, code);
    else if (!good)
        complain("%s is not a chart as gnuplot writes them; use another "
                 "gnuplot with --gnuplot",
                 path);
    free(data);
    free(path);
    free(file.data);
    return good;
}

/* Of both tables' figures what the table tells in words: ours. */
static void figures_describe_book(struct text *out,
                                  const struct record_set *set)
{
    char tier[32];

    text_add(out, "Bars, a pair for each row of the table. Connected here:");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        struct figure connected = figure_of(group, "/connections/connected", 1);

        text_add(
            out, "%s %s at %s: ", i > 0 ? "," : "", group->model,
            number_show_count((uint64_t)group->connections, tier, sizeof tier));
        if (connected.count > 0)
            text_add(out, "%.4g %%",
                     100 * connected.median / group->connections);
        else
            text_add(out, "not known");
        if (group_valid(group) == 0)
            text_add(out, " (not valid)");
    }
    text_add(out, ".");
}

/* `figure` NULL: the book's. */
static bool figures_one(struct text *out, const struct record_set *set,
                        const struct plot_figure *figure,
                        const struct report_options *options)
{
    struct figures_words words =
        figures_find(figure != NULL ? figure->name : plot_book_name);
    struct text description = {0};
    bool good;

    if (figure != NULL)
        figures_describe(&description, set, figure, &words);
    else
        figures_describe_book(&description, set);
    text_add(out,
             "<figure id=\"%s\">\n<h3>%s</h3>\n"
             "<div class=\"chart scroll\" role=\"region\" tabindex=\"0\" "
             "aria-label=\"Chart: %s\">\n",
             words.name, words.title, words.title);
    good = figures_draw(out, options->charts, &words, description.data);
    text_add(out, "</div>\n<figcaption>%s", words.meaning);
    if (options->charts_link != NULL) {
        struct text file = {0};
        char *path;

        text_add(&file, "%s.dat", words.name);
        path = fs_join(options->charts_link, file.data);
        text_add(out, " <a href=\"");
        html_href(out, path);
        text_add(out, "\">Its data</a>");
        free(path);
        free(file.data);
    }
    text_add(out, "</figcaption>\n");
    if (figure != NULL)
        figures_table(out, set, figure, &words);
    text_add(out, "</figure>\n");
    free(description.data);
    return good;
}

static bool figures_known(const struct record_set *set,
                          const struct plot_figure *figure)
{
    const struct plot_options none = {0};
    char *data, *script;
    bool known;

    plot_data(set, figure, &none, &data, &script);
    known = data != NULL;
    free(script);
    free(data);
    return known;
}

bool report_figures(struct text *out, const struct record_set *set,
                    const struct report_options *options)
{
    bool any = book_is(set);
    bool good = !any || figures_one(out, set, NULL, options);

    for (const struct plot_figure *figure = plot_figures;
         figure->name != NULL && good; figure++) {
        if (!figures_known(set, figure))
            continue;
        any = true;
        good = figures_one(out, set, figure, options);
    }
    if (!any)
        text_add(out, "<p>There is no chart: no run came to its measured "
                      "window. The runs below say why.</p>\n");
    return good;
}
