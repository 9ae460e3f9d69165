# Columns of the data: series, connections, value, low, high, runs, valid,
# disturbed.
data = figure.'.dat'
stats data using 2 name 'tier' nooutput
lowest = tier_min
highest = tier_max
stats data using 6 name 'runs' nooutput
subtitle = subtitle.(runs_max > 1 ? \
    sprintf('; median of up to %d runs', runs_max) : '; one run a point')
letters = 0
do for [s = 1:series] {
    letters = strlen(labels[s]) > letters ? strlen(labels[s]) : letters
}

# Across: tiers on a log scale. The lines' points are side by side, a little
# more than a marker apart, but plainly nearer to their own tier than to the
# next; `closest` is the smallest ratio of neighbouring tiers.
minimum(a, b) = a < b ? a : b
pixels = 789
gap = log(closest)
span = log(highest / lowest)
room = minimum(0.4 * gap, 0.4 + 0.15 * span)
pixel = (span + 2 * room) / pixels
step = series == 1 ? 0 : minimum(11.5 * pixel, \
    minimum(0.6 * gap, 1.8 * room) / (series - 1))
x(s) = column(2) * exp(step * (s - (series + 1) / 2.0))
set logscale x
set xrange [lowest * exp(-room):highest * exp(room)]
set xlabel 'connections'

# Up: values of one order of magnitude are told apart better from zero on.
stats data using ($4 > 0 ? $4 : 1e300) nooutput
low = STATS_min
stats data using 5 nooutput
high = STATS_max
logarithmic = scale eq 'log' && high >= 10 * low
zeros = 0
if (logarithmic) {
    stats data using ($4 > 0 ? 0 : 1) nooutput
    zeros = int(STATS_sum)
    set logscale y
    set yrange [low / 1.2:high * 1.2]
    if (high < 10000 * low) {
        do for [power = floor(log10(low)):ceil(log10(high))] {
            do for [digit in '2 5'] {
                at = digit * 10.0 ** power
                set ytics add (sprintf('%.10g', at) at)
            }
        }
    }
} else {
    if (scale ne 'free') {
        set yrange [0:*]
    }
    if (scale eq 'percent') {
        set yrange [0:105]
    }
}
set ylabel unit.(logarithmic ? ' (log scale)' : '') noenhanced

note = series == 1 ? '' : \
    'Points of the same number of connections are drawn side by side'. \
    (step >= 10 * pixel ? ', so that none hides another.' : '.')."\n"
if (runs_max > 1) {
    note = note.'Bars: '.spread.".\n"
}
if (invalid > 0) {
    note = note.invalid.(invalid == 1 ? ' run is' : ' runs are'). \
        ' not valid: ringed, or left out where nothing was measured; '. \
        "the table says why.\n"
}
if (disturbed > 0) {
    note = note.disturbed.(disturbed == 1 ? ' run was' : ' runs were'). \
        " disturbed: framed; the table names the cause.\n"
}
if (zeros > 0) {
    note = note.zeros.(zeros == 1 ? ' point is' : ' points are'). \
        ' zero, which this scale cannot show.'
}

# The picture grows with its legend, the plot does not: gnuplot would shrink
# the plot, or drop a legend that it finds too large.
entry = 66 + 8 * letters
columns = entry < pixels / 4 ? 4 : entry < pixels ? int(pixels / entry) : 1
rows = (series + (invalid > 0) + (disturbed > 0) + columns - 1) / columns
width = entry > pixels ? 900 + entry - pixels : 900
legend_at = 558
note_at = legend_at + 25 * rows + 20
height = note_at + 8 + 17 * ((series > 1) + (runs_max > 1) + \
    (invalid > 0) + (disturbed > 0) + (zeros > 0))
set key at screen 88.0 / width, screen 1 - legend_at / real(height) left top \
    Left reverse horizontal maxcols columns samplen 4 noenhanced
set lmargin at screen 96.0 / width
set rmargin at screen 885.0 / width
set tmargin at screen 1 - 120.0 / height
set bmargin at screen 1 - 500.0 / height
set bars 0.6
of(s) = column(1) == s ? column(3) : NaN
shown(s, v) = column(7) == v ? of(s) : NaN
barred = runs_max > 1 ? series : 0
ringed = invalid > 0 ? series : 0
framed = disturbed > 0 ? series : 0

do for [page in pages] {
    eval begin(page)
    key_font = sized(13)
    set key font key_font spacing (page eq 'png' ? 1.5 : 1.25)
    point = page eq 'png' ? 1.15 : 0.95
    # Markers above all lines, each on a little white, so that none is lost in
    # the lines of others, and twice, because SVG draws outlines thin; runs
    # that are not valid in a ring, disturbed ones in a square.
    plot for [s = 1:series] data using (x(s)):(shown(s, 1)) \
            with lines lt styles[s] notitle, \
        for [s = 1:barred] data using (x(s)):(shown(s, 1)):4:5 \
            with yerrorbars lt styles[s] dt 1 ps 0 notitle, \
        for [s = 1:series] data using (x(s)):(of(s)) \
            with points pt 7 ps 1.3 * point lc rgb '#FFFFFF' notitle, \
        for [s = 1:series] data using (x(s)):(of(s)) \
            with points lt styles[s] ps point notitle, \
        for [s = 1:series] data using (x(s)):(of(s)) \
            with points lt styles[s] ps 0.85 * point notitle, \
        for [s = 1:ringed] data using (x(s)):(shown(s, 0)) \
            with points lt styles[s] pt 6 ps 2 * point notitle, \
        for [s = 1:framed] data using (x(s)):(column(8) == 1 ? of(s) : NaN) \
            with points lt styles[s] pt 4 ps 2 * point notitle, \
        for [s = 1:series] NaN with linespoints lt styles[s] ps point pi -1 \
            title labels[s], \
        NaN with points pt 6 ps 2 * point lc rgb '#444444' \
            title invalid > 0 ? 'not valid' : '', \
        NaN with points pt 4 ps 2 * point lc rgb '#444444' \
            title disturbed > 0 ? 'disturbed' : ''
}
set output
