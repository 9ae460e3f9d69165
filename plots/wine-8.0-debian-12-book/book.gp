# Made by 'iomodels plot' from records. To draw it again, in this folder: gnuplot book.gp
reset
figure = 'book'
subtitle = 'attempts of each tier; bytes by the server''s own counters, at the rate that the table tells'
machine = 'Wine 8.0 on Linux 6.18.44-fc-v669; AMD EPYC, 2 logical processors, 23.54 GiB memory'
warning = 'measured under Wine 8.0: these compare models with each other there and are not Windows figures'
hollow = ''
note = "Of the book's, what is hatched or has a question mark is not corroborated; the table has the marks."
png = 1
svg = 1
width = 900
last = 28.20
letters = 33

# Ours beside the book's, row by row as in its table. Columns of the data:
# place, share connected here, in the book, is it sure, bytes/s sent here, in
# the book, is it sure, refused, valid, label. Hollow: not valid. A bar of no
# height says "0", or "0?" if it is not sure.
set encoding utf8
set boxwidth 0.38 absolute
set style fill solid 0.9 border lc rgb '#333333'
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics lt 1 lc rgb '#DDDDDD' lw 1
set datafile missing 'NaN'
set key off
set xrange [0:last + 1]
here = '#0072B2'
book = '#E69F00'
dark = '#8A5A00' # the book's, as letters and hatching
only(value, wanted, flag) = flag == wanted ? value : NaN

# Pixels. The rows' labels, which slant, are as high as the longest needs.
upper = 152
between = 420
lower = 445
floor_at = 690
height = floor_at + 20 + 5.7 * letters + 40
down(pixels) = 1 - pixels / real(height)
right_of(pixels) = pixels / real(width)
set lmargin at screen right_of(84)
set rmargin at screen right_of(885)

draw = 'plot \
    figure.".dat" using ($1 - 0.2):(only(column(ours), 1, $9)) \
        with boxes lc rgb here dt 1, \
    "" using ($1 - 0.2):(only(column(ours), 0, $9)) \
        with boxes fs empty border lc rgb here lc rgb here lw 1.5 dt 1, \
    "" using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1))) \
        with boxes lc rgb book dt 1, \
    "" using ($1 + 0.2):(only(column(theirs), 0, column(theirs + 1))) \
        with boxes lc rgb dark dt 1 fs pattern 4, \
    "" using ($1 - 0.2):($8 == 1 ? 0 : NaN):("refused") \
        with labels rotate by 90 left offset 0, 0.4 font note_font \
        textcolor rgb "#B03A00", \
    "" using ($1 - 0.2):(column(ours) == 0 ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb here, \
    "" using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark, \
    "" using ($1 + 0.31):(only(column(theirs), 0, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0?") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark'

# The legend's boxes, and words beside them.
array box_at[4] = [84, 170, 260, 470]
array box_says[4] = ['here', 'book', 'book, not corroborated', hollow]
box = 'set object i rect from screen right_of(box_at[i]), screen down(136) \
    to screen right_of(box_at[i] + 22), screen down(126) dt 1'

pages = (png ? 'png ' : '').(svg ? 'svg ' : '')
do for [page in pages] {
    # Letters of 12 pixels and more: a point of PNG's is 4/3 of SVG's.
    if (page eq 'png') {
        if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
            set terminal pngcairo size width, height font 'sans,10' \
                background '#FFFFFF'
        } else {
            set terminal png size width, height background '#FFFFFF'
        }
        title_font = ',15'
        small_font = ',9.5'
        note_font = ',9'
    } else {
        set terminal svg size width, height dynamic font 'sans-serif,13' \
            background '#FFFFFF'
        title_font = ',20'
        small_font = ',13'
        note_font = ',12'
    }
    set output figure.'.'.page
    set multiplot
    set label 1 'Connections and throughput, here and in the book' \
        at screen 0.015, screen down(26) font title_font \
        textcolor rgb '#000000' noenhanced
    set label 2 subtitle at screen 0.015, screen down(55) font small_font \
        textcolor rgb '#444444' noenhanced
    set label 3 machine at screen 0.015, screen down(76) font small_font \
        textcolor rgb '#444444' noenhanced
    set label 4 warning at screen 0.015, screen down(97) font small_font \
        textcolor rgb '#B03A00' noenhanced
    set label 5 note at screen 0.015, screen down(height - 28) \
        font note_font textcolor rgb '#444444' noenhanced
    do for [i = 1:4] {
        if (strlen(box_says[i]) > 0) {
            set label 10 + i box_says[i] at screen right_of(box_at[i] + 28), \
                screen down(131) font small_font textcolor rgb '#222222'
        }
    }
    i = 1
    @box fc rgb here fs solid 0.9 border lc rgb '#333333'
    i = 2
    @box fc rgb book fs solid 0.9 border lc rgb '#333333'
    i = 3
    @box fc rgb dark fs pattern 4 border lc rgb '#333333'
    i = 4
    if (strlen(hollow) > 0) {
        @box fs empty border lc rgb here
    }
    set tmargin at screen down(upper)
    set bmargin at screen down(between)
    unset xtics
    set ylabel 'connected, % of the attempts'
    set yrange [0:105]
    ours = 2
    theirs = 3
    @draw
    unset label
    unset object
    set tmargin at screen down(lower)
    set bmargin at screen down(floor_at)
    set xtics rotate by 55 right noenhanced scale 0 font note_font
    set ylabel 'sent by the server, MB/s (10^6)' noenhanced
    set yrange [0:*]
    ours = 5
    theirs = 6
    @draw, "" using 1:(0):xticlabels(10) with points pt -1
    unset multiplot
}
set output
