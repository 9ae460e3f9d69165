/* Where tiers, points and tics lie. */
#include <float.h>
#include <math.h>

#include "common/number.h"
#include "plots/plot_parts.h"
#include "results/figure.h"

/* --- across -------------------------------------------------------------- */

/* The tier above `last`; 0: there is none. */
static double plot_tier_after(const struct record_set *set, double last)
{
    double next = DBL_MAX;

    for (size_t i = 0; i < set->group_count; i++) {
        double tier = set->groups[i].connections;

        if (tier > last && tier < next)
            next = tier;
    }
    return next < DBL_MAX ? next : 0;
}

/* The shortest way from a tier to the next; of one alone, a long one. */
static double plot_way(const struct record_set *set)
{
    const double alone = 4;
    double way = alone, tier = plot_tier_after(set, 0);
    double next = plot_tier_after(set, tier);

    while (next > 0) {
        way = fmin(way, log(next / tier));
        tier = next;
        next = plot_tier_after(set, tier);
    }
    return way;
}

static double plot_tier_last(const struct record_set *set)
{
    double last = 0;

    for (size_t i = 0; i < set->group_count; i++)
        last = fmax(last, set->groups[i].connections);
    return last;
}

/* A step is a little more than a marker, but all points of a tier are within
 * the nearest parts of the ways to its neighbours, so that each plainly belongs
 * to its own. */
struct plot_across plot_across(const struct record_set *set, size_t series)
{
    const double pixels = PLOT_RIGHT - PLOT_LEFT, wanted = 11.5, marker = 10;
    const double nearest = 0.3, beside = 0.4, least = 0.05, some = 0.4;
    double way = plot_way(set), steps = series > 1 ? (double)series - 1 : 1;
    struct plot_across across = {log(plot_tier_after(set, 0)),
                                 log(plot_tier_last(set)), 0, 0, false};
    double span = across.highest - across.lowest, pixel;

    across.room = fmin(beside * way, fmax(some, 0.15 * span));
    across.room = fmax(across.room, least);
    pixel = (span + 2 * across.room) / pixels;
    across.step = fmin(wanted * pixel, 2 * nearest * way / steps);
    /* Nor is any beyond the plot. */
    across.step = fmin(across.step, 2 * (across.room - marker * pixel) / steps);
    across.clear = across.step >= marker * pixel;
    return across;
}

/* The tiers, each once, as they were asked for. */
void plot_x_axis(struct text *out, const struct record_set *set,
                 const struct plot_across *across)
{
    double tier = plot_tier_after(set, 0);
    const char *comma = "";
    char count[40];

    text_add(out, "set xtics (");
    while (tier > 0) {
        number_show_count(number_whole(tier), count, sizeof count);
        text_add(out, "%s'%s' %.0f", comma, count, tier);
        comma = ", ";
        tier = plot_tier_after(set, tier);
    }
    text_add(out, ")\nset xrange [%.6g:%.6g]\n",
             exp(across->lowest - across->room),
             exp(across->highest + across->room));
}

/* --- up ------------------------------------------------------------------ */

struct figure plot_value(const struct plot_figure *figure,
                         const struct record_group *group, bool valid)
{
    double scale =
        figure->share ? figure->scale / group->connections : figure->scale;

    return figure_of_runs(group, valid, figure->pointer, scale);
}

/* Values of one order of magnitude are told apart better from zero on. */
struct plot_up plot_up(const struct record_set *set,
                       const struct plot_figure *figure)
{
    const double magnitude = 10;
    struct plot_up up = {false, DBL_MAX, 0};

    for (size_t i = 0; i < 2 * set->group_count; i++) {
        struct figure found =
            plot_value(figure, &set->groups[i / 2], i % 2 == 0);

        if (found.count > 0 && found.low > 0) {
            up.low = fmin(up.low, found.low);
            up.high = fmax(up.high, found.high);
        }
    }
    up.log = figure->log && up.high >= magnitude * up.low;
    return up;
}

static void plot_y_tic(struct text *out, double at, const char *comma)
{
    char count[40];

    if (at >= 1)
        text_add(
            out, "%s'%s' %.0f", comma,
            number_show_count(number_whole(round(at)), count, sizeof count),
            at);
    else
        text_add(out, "%s'%.6g' %.6g", comma, at, at);
}

/* Cut tight to the data; 2 and 5 have words, too, where there is room. */
static void plot_log_axis(struct text *out, const struct plot_up *up)
{
    const double beside = 1.2, wide = 10000;
    double low = up->low / beside, high = up->high * beside;
    int last = (int)floor(log10(high));
    const char *comma = "";

    text_add(out, "set logscale y\nset yrange [%.6g:%.6g]\nset ytics (", low,
             high);
    for (int power = (int)floor(log10(low)); power <= last; power++)
        for (int digit = 1; digit <= 9; digit++) {
            double at = digit * pow(10, power);

            if (at < low || at > high)
                continue;
            if (digit == 1 || (high < wide * low && (digit == 2 || digit == 5)))
                plot_y_tic(out, at, comma);
            else
                text_add(out, "%s'' %.6g 1", comma, at);
            comma = ", ";
        }
    text_add(out, ")\n");
}

void plot_y_axis(struct text *out, const struct plot_figure *figure,
                 const struct plot_up *up)
{
    text_add(out, "logarithmic = %d\n", up->log);
    if (up->log)
        plot_log_axis(out, up);
    else if (figure->log)
        text_add(out, "set yrange [0:*]\n");
}
