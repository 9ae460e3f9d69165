# Made by 'iomodels plot' from records. To draw it again, in this folder: gnuplot latency_p50.gp
reset
figure = 'latency_p50'
subtitle = 'stream, messages of 4,096 bytes, 10 s measured; one run a point'
machine = 'Wine 8.0 on Linux 6.18.44-fc-v669; AMD EPYC, 2 logical processors, 23.54 GiB memory'
warning = 'measured under Wine 8.0: these compare models with each other there and are not Windows figures'
note = "Points of one number of connections are set apart sideways, so that none hides another."
note_lines = 1
wine = 1
intervals = 0
png = 1
svg = 1
width = 900
left = 96
right = 885
ringed = 0
series = 8
array labels[8]
array styles[8]
labels[1] = 'blocking'
styles[1] = 1
labels[2] = 'nonblocking'
styles[2] = 2
labels[3] = 'select'
styles[3] = 3
labels[4] = 'async_select'
styles[4] = 4
labels[5] = 'event_select'
styles[5] = 5
labels[6] = 'overlapped'
styles[6] = 6
labels[7] = 'apc'
styles[7] = 7
labels[8] = 'iocp'
styles[8] = 8
legend_rows = 2
legend_row = 21
legend_column = 197
set xtics ('7,000' 7000, '12,000' 12000)
set xrange [5642.41:14887.3]
logarithmic = 1
set logscale y
set yrange [0.114773:394.474]
set ytics ('0.2' 0.2, '' 0.3 1, '' 0.4 1, '0.5' 0.5, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1' 1, '2' 2, '' 3 1, '' 4 1, '5' 5, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10' 10, '20' 20, '' 30 1, '' 40 1, '50' 50, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '100' 100, '200' 200, '' 300 1)

# What all figures share. Colours: black on white or better than 3 to 1, and
# far apart for the colour-blind, too; each line has its own dash and marker
# besides. Past eight the colours come again with other markers, and past 64
# everything does.
set encoding utf8
colours = '#000000 #FF4B8F #3A92FF #009A00 #7E0C00 #686A5B #602C54 #0024FF'
markers = '7 5 9 11 13 7 13 5'
holes = '0 1 0 1 0 1 1 0'
array dashes[8]
dashes[1] = '1'
dashes[2] = '(16,4)'
dashes[3] = '(8,4)'
dashes[4] = '(16,4,3,4)'
dashes[5] = '(4,4)'
dashes[6] = '(16,4,3,4,3,4)'
dashes[7] = '(24,10)'
dashes[8] = '(8,4,2,4)'
colour(s) = word(colours, (s - 1) % 8 + 1)
shape(s) = (s - 1 + 3 * ((s - 1) / 8)) % 8 + 1
marker(s) = int(word(markers, shape(s)))
# An open marker has a white middle: SVG draws outlines too thin to see.
middle(s) = int(word(holes, shape(s))) ? '#FFFFFF' : colour(s)
do for [s = 1:64] {
    eval sprintf("set linetype %d lc rgb '%s' dt %s pt %d lw 1.8", s, \
        colour(s), dashes[(s - 1) % 8 + 1], marker(s))
}
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics lt 1 lc rgb '#DDDDDD' lw 1
set datafile missing 'NaN'
set logscale x
set xlabel 'connections'
set key off
set bars 0.6
# Pixels: the picture grows with its legend and notes, the plot does not.
legend_top = 572
notes_top = legend_top + (legend_rows + ringed) * legend_row + 8
height = notes_top + 17 * note_lines + 8
down(pixels) = 1 - pixels / real(height)
right_of(pixels) = pixels / real(width)
set lmargin at screen right_of(left)
set rmargin at screen right_of(right)
set tmargin at screen down(120)
set bmargin at screen down(500)
log_scale = logarithmic ? ' (log scale)' : ''
# Columns of the data: series connections x value low high runs valid
shown(s, v) = column(1) == s && column(8) == v ? column(4) : NaN

# Half of the echoes came back within this time.
figure_title = 'Latency of an echo: median (p50)'
set ylabel 'milliseconds'.log_scale

bars = !intervals ? '' : ', for [s = 1:series] figure.".dat" \
    using 3:(shown(s, 1)):5:6 with yerrorbars lt styles[s] dt 1 ps 0'
# Of the model's own shape, in a ring.
rings = !ringed ? '' : ', for [s = 1:series] figure.".dat" \
    using 3:(shown(s, 0)) with points lt styles[s] ps point, \
    for [s = 1:series] figure.".dat" using 3:(shown(s, 0)) with points \
    pt marker(styles[s]) ps hole lc rgb middle(styles[s]), \
    for [s = 1:series] figure.".dat" using 3:(shown(s, 0)) \
    with points lt styles[s] pt 6 ps 2 * point'

pages = (png ? 'png ' : '').(svg ? 'svg ' : '')
do for [page in pages] {
    # Letters of 12 pixels and more: a point of PNG's is 4/3 of SVG's.
    if (page eq 'png') {
        if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
            set terminal pngcairo size width, height font 'sans,10' \
                dl 1.6 background '#FFFFFF'
        } else {
            set terminal png size width, height background '#FFFFFF'
        }
        title_font = ',15'
        small_font = ',9.5'
        note_font = ',9'
        point = 1.15
        hole = 0.4
    } else {
        set terminal svg size width, height dynamic font 'sans-serif,13' \
            background '#FFFFFF'
        title_font = ',20'
        small_font = ',13'
        note_font = ',12'
        point = 0.8
        hole = 0.4
    }
    set output figure.'.'.page
    set label 1 figure_title at screen 0.015, screen down(26) \
        font title_font textcolor rgb '#000000' noenhanced
    set label 2 subtitle at screen 0.015, screen down(55) \
        font small_font textcolor rgb '#444444' noenhanced
    set label 3 machine at screen 0.015, screen down(76) \
        font small_font textcolor rgb '#444444' noenhanced
    set label 4 warning at screen 0.015, screen down(97) \
        font small_font textcolor rgb '#B03A00' noenhanced
    set label 5 note at screen 0.015, screen down(notes_top + 8) \
        font note_font textcolor rgb '#444444' noenhanced
    # gnuplot drops a key that it finds too large; this one is never lost.
    do for [s = 1:series] {
        x = left + (s - 1) / legend_rows * legend_column
        y = legend_top + (s - 1) % legend_rows * legend_row
        set arrow 10 + s from screen right_of(x), screen down(y) \
            to screen right_of(x + 44), screen down(y) nohead lt styles[s]
        set label 1000 + s '' at screen right_of(x + 22), \
            screen down(y) point lt styles[s] ps point front
        set label 3000 + s '' at screen right_of(x + 22), screen down(y) \
            point pt marker(styles[s]) ps hole \
            lc rgb middle(styles[s]) front
        set label 2000 + s labels[s] at screen right_of(x + 52), \
            screen down(y) font small_font textcolor rgb '#222222' noenhanced
    }
    if (ringed) {
        y = legend_top + legend_rows * legend_row
        set label 6 '' at screen right_of(left + 22), screen down(y) \
            point pt 6 ps 2 * point lc rgb '#444444'
        set label 7 'not valid' at screen right_of(left + 52), \
            screen down(y) font small_font textcolor rgb '#222222'
    }
    # Markers above all lines, each on a little white, so that none is lost in
    # the lines of others.
    plot for [s = 1:series] figure.'.dat' \
        using 3:(shown(s, 1)) with lines lt styles[s] @bars, \
        figure.'.dat' using 3:4 with points pt 7 ps 1.3 * point \
        lc rgb '#FFFFFF', \
        for [s = 1:series] figure.'.dat' using 3:(shown(s, 1)) \
        with points lt styles[s] ps point, \
        for [s = 1:series] figure.'.dat' using 3:(shown(s, 1)) with points \
        pt marker(styles[s]) ps hole lc rgb middle(styles[s]) @rings
}
set output
