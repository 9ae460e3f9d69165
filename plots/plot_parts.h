/* Between the files that write what gnuplot draws. */
#ifndef IOMODELS_PLOT_PARTS_H
#define IOMODELS_PLOT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include "plots/plot_data.h"

/* The lines of a figure: one a model, and a setting where several differ. */
struct plot_series {
    size_t count;
    const struct record_group **first; /* the first group of each */
};

/* 'text' as gnuplot reads it without looking inside. */
void plot_quote(struct text *out, const char *text, size_t length);

/* Pixels of the picture and, within it, of the plot. */
enum { PLOT_WIDTH = 900, PLOT_LEFT = 96, PLOT_RIGHT = 885 };

/* The tiers, as logarithms, and how they lie in the plot. */
struct plot_across {
    double lowest, highest;
    double room; /* beside the first and the last */
    double step; /* from a line's point to the next line's, sideways */
    bool clear;  /* a step is wider than a marker */
};
struct plot_across plot_across(const struct record_set *set, size_t series);
void plot_x_axis(struct text *out, const struct record_set *set,
                 const struct plot_across *across);

struct plot_up {
    bool log;
    double low, high; /* of the data; of what is above zero if `log` */
};
struct plot_up plot_up(const struct record_set *set,
                       const struct plot_figure *figure);
void plot_y_axis(struct text *out, const struct plot_figure *figure,
                 const struct plot_up *up);

/* Of one group's valid or invalid runs. */
struct figure plot_value(const struct plot_figure *figure,
                         const struct record_group *group, bool valid);

/* What each line is called and looks like, and where that is written. */
void plot_legend(struct text *out, const struct plot_series *series);

#endif
