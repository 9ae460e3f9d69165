# Columns of the data: series, messages answered a second, latency by the
# bound's quantile and median (ms), CPU, state (0: not valid, 1: valid, 2:
# disturbed), whether the server was behind.
data = figure.'.dat'
stats data using 2 name 'rate' nooutput
stats data using 4 name 'median' nooutput
stats data using 3 name 'tail' nooutput
stats data using ($6 == 0) name 'invalid' nooutput
stats data using ($6 == 2) name 'disturbed' nooutput
letters = 0
do for [s = 1:series] {
    letters = strlen(labels[s]) > letters ? strlen(labels[s]) : letters
}
note = (behind ? 'Crossed: more was sent than the server answered; its '. \
    "latency grows for as long as that lasts.\n" : ''). \
    (invalid_sum == 0 ? '' : sprintf("Not valid (%d): ringed; the table says ". \
        "why.\n", invalid_sum)). \
    (disturbed_sum == 0 ? '' : sprintf('Disturbed (%d): framed; the table '. \
        'names the cause.', disturbed_sum))

entry = 66 + 8 * letters
columns = entry < 789 / 4 ? 4 : entry < 789 ? int(789 / entry) : 1
rows = (series + columns - 1) / columns
width = entry > 789 ? 900 + entry - 789 : 900
legend_at = 868
note_at = legend_at + 25 * rows + 20
height = note_at + 59
set key at screen 88.0 / width, screen 1 - legend_at / real(height) left top \
    Left reverse horizontal maxcols columns samplen 4 noenhanced
set lmargin at screen 96.0 / width
set rmargin at screen 885.0 / width
set xrange [0:rate_max * 1.04]
set format x ''
thousands = "%'.0f" # in the block below it would keep @ from its meaning
of(s) = column(1) == s ? column(panel) : NaN
shown(s) = column(6) > 0 ? of(s) : NaN

draw = 'plot for [s = 1:series] data using 2:(shown(s)) \
        with lines lt styles[s] notitle, \
    for [s = 1:series] data using 2:(of(s)) \
        with points pt 7 ps 1.3 * point lc rgb "#FFFFFF" notitle, \
    for [s = 1:series] data using 2:(of(s)) \
        with points lt styles[s] ps point notitle, \
    for [s = 1:series] data using 2:(column(7) == 1 ? of(s) : NaN) \
        with points pt 2 ps 1.5 * point lc rgb "#444444" notitle, \
    for [s = 1:series] data using 2:(column(6) == 0 ? of(s) : NaN) \
        with points lt styles[s] pt 6 ps 2 * point notitle, \
    for [s = 1:series] data using 2:(column(6) == 2 ? of(s) : NaN) \
        with points lt styles[s] pt 4 ps 2 * point notitle'

do for [page in pages] {
    eval begin(page)
    key_font = sized(13)
    set key on font key_font spacing (page eq 'png' ? 1.5 : 1.25)
    point = page eq 'png' ? 1.15 : 0.95
    set multiplot
    set tmargin at screen down(118)
    set bmargin at screen down(430)
    set logscale y
    set ylabel quantile.', ms (log scale)' noenhanced
    set yrange [(bound < tail_min ? bound : tail_min) / 1.3: \
        (bound > tail_max ? bound : tail_max) * 1.3]
    set arrow 1 from graph 0, first bound to graph 1, first bound nohead \
        lc rgb '#B03A00' dt (6,4)
    set label 9 sprintf('%g ms', bound) at graph 0.005, first bound \
        offset 0, 0.6 textcolor rgb '#B03A00'
    panel = 3
    @draw, for [s = 1:series] NaN with linespoints lt styles[s] ps point pi -1 \
        title labels[s]
    unset label
    unset arrow
    set key off
    set tmargin at screen down(450)
    set bmargin at screen down(620)
    set ylabel 'p50, ms (log scale)' noenhanced
    set yrange [median_min / 1.3:median_max * 1.3]
    panel = 4
    @draw
    unset logscale y
    set tmargin at screen down(640)
    set bmargin at screen down(810)
    set ylabel 'CPU, % of one processor' noenhanced
    set yrange [0:*]
    set format x thousands
    set xlabel 'messages answered per second' noenhanced
    panel = 5
    @draw
    unset multiplot
    unset xlabel
    set format x ''
}
set output
