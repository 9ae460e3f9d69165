# Columns of the data: row, ratio, low, high, bounds of the claim, verdict.
data = figure.'.dat'
subtitle = 'ratio (log scale): geometric mean of pairs of adjacent runs, and its 98 % interval'
width = 1000
row = 38
top = 118
height = top + row * rows + 124
note_at = height - 14
note = '| bound of the claim: it is confirmed or refuted where the whole interval lies on one side of it'
set lmargin at screen 430.0 / width
set rmargin at screen 975.0 / width
set tmargin at screen down(top)
set bmargin at screen 106.0 / height
unset grid
set grid xtics lt 1 lc rgb '#DDDDDD' lw 1
stats data using 3 nooutput
lowest = STATS_min
stats data using 4 nooutput
highest = STATS_max
lowest = lowest < 0.8 ? lowest : 0.8
highest = highest > 1.25 ? highest : 1.25
set yrange [rows + 0.5:0.5]
set logscale x
set xrange [lowest / 1.1:highest * 1.1]
do for [power = floor(log10(lowest)):ceil(log10(highest))] {
    do for [digit in highest / lowest < 4 ? '1 1.2 1.5 2 3 5 7 8 9' : '1 2 5'] {
        at = digit * 10.0 ** power
        set xtics add (sprintf('%.10g', at) at)
    }
}
set xtics add ('1' 1)
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lc rgb '#888888'
array words[4] = ['confirmed', 'refuted', 'undecided', 'not measurable here']
array colours[4] = ['#0060B0', '#C04A00', '#686A5B', '#686A5B']
array shapes[4] = [7, 5, 13, 6]
set key at screen 0.975, screen 34.0 / height right bottom horizontal \
    maxrows 1 samplen 1
is(v) = column(7) == v ? column(2) : NaN
do for [page in pages] {
    eval begin(page)
    tic_font = sized(12)
    set ytics font tic_font
    set key font tic_font
    plot data using 5:($1 - 0.28):(0):(0.56) with vectors nohead lw 2 \
            lc rgb '#222222' notitle, \
        data using 6:($1 - 0.28):(0):(0.56) with vectors nohead lw 2 \
            lc rgb '#222222' notitle, \
        for [v = 1:4] data using (is(v)):1:3:4 with xerrorbars pt -1 lw 2 \
            lc rgb colours[v] notitle, \
        for [v = 1:4] data using (is(v)):1 with points pt shapes[v] ps 1.2 \
            lc rgb colours[v] title words[v]
}
set output
