# Made by 'iomodels plot' from records. To draw it again, in this folder: gnuplot book.gp
reset
figure = 'book'
subtitle = 'attempts of each tier; bytes by the server''s own counters, at the rate that the table tells'
machine = 'Wine 8.0 on Linux 6.18.44-fc-v669; AMD EPYC, 2 logical processors, 23.54 GiB memory'
warning = 'measured under Wine 8.0: these compare models with each other there and are not Windows figures'
note = 'A bar or a 0 of the book that is pale is not corroborated.'
hollow = ''
png = 1
svg = 1
last = 28.20

# Ours beside the book's, row by row as in its table. Columns of the data:
# place, share connected here, in the book, is it sure, bytes/s sent here, in
# the book, is it sure, refused, valid, label. Hollow: not valid. A bar of no
# height says "0".
set encoding utf8
set boxwidth 0.38 absolute
set style fill solid 0.9 border lc rgb '#333333'
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics lt 1 lc rgb '#DDDDDD' lw 1
set datafile missing 'NaN'
set key off
set xrange [0:last + 1]
set lmargin 11
set rmargin 3
here = '#0072B2'
sure = '#E69F00'
unsure = '#F7DDAA'
pale = '#C08A2E' # letters of what is not sure
only(value, wanted, flag) = flag == wanted ? value : NaN

draw = 'plot \
    figure.".dat" using ($1 - 0.2):(only(column(ours), 1, $9)) \
        with boxes lc rgb here dt 1 title "here", \
    "" using ($1 - 0.2):(only(column(ours), 0, $9)) \
        with boxes fs empty border lc rgb here lc rgb here lw 1.5 dt 1 \
        title hollow, \
    "" using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1))) \
        with boxes lc rgb sure dt 1 title "book", \
    "" using ($1 + 0.2):(only(column(theirs), 0, column(theirs + 1))) \
        with boxes lc rgb unsure dt 1 fs pattern 4 \
        title "book, not corroborated (the table has the marks)", \
    "" using ($1 - 0.2):($8 == 1 ? 0 : NaN):("refused") \
        with labels rotate by 90 left offset 0, 0.4 font ",8" \
        textcolor rgb "#B03A00" notitle, \
    "" using ($1 - 0.2):(column(ours) == 0 ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font ",9" textcolor rgb here notitle, \
    "" using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font ",9" textcolor rgb sure notitle, \
    "" using ($1 + 0.2):(only(column(theirs), 0, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font ",9" textcolor rgb pale notitle'

pages = (png ? 'png ' : '').(svg ? 'svg ' : '')
do for [page in pages] {
    if (page eq 'png') {
        if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
            set terminal pngcairo size 1000, 900 font 'sans,10' \
                background '#FFFFFF'
        } else {
            set terminal png size 1000, 900 background '#FFFFFF'
        }
    } else {
        set terminal svg size 1000, 900 dynamic font 'sans-serif,12' \
            background '#FFFFFF'
    }
    set output figure.'.'.page
    set multiplot
    set label 1 'Connections and throughput, here and in the book' \
        at screen 0.015, screen 0.972 font ',15' textcolor rgb '#000000' \
        noenhanced
    set label 2 subtitle at screen 0.015, screen 0.942 font ',10' \
        textcolor rgb '#444444' noenhanced
    set label 3 machine at screen 0.015, screen 0.918 font ',10' \
        textcolor rgb '#444444' noenhanced
    set label 4 warning at screen 0.015, screen 0.894 font ',10' \
        textcolor rgb '#B03A00' noenhanced
    set label 5 note at screen 0.015, screen 0.012 font ',9' \
        textcolor rgb '#444444' noenhanced
    set key outside top right horizontal noenhanced samplen 2
    set origin 0, 0.50
    set size 1, 0.39
    set bmargin 0.6
    set tmargin 1.8
    unset xtics
    set ylabel 'connected, % of the attempts'
    set yrange [0:105]
    ours = 2
    theirs = 3
    @draw
    unset label
    set key off
    set origin 0, 0.035
    set size 1, 0.46
    set bmargin 8.5
    set tmargin 0.6
    set xtics rotate by 55 right noenhanced scale 0
    set ylabel 'sent by the server, MB/s (10^6)' noenhanced
    set yrange [0:*]
    ours = 5
    theirs = 6
    @draw, "" using 1:(0):xticlabels(10) with points pt -1 notitle
    unset multiplot
}
set output
