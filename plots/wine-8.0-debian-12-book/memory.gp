# Made by 'iomodels plot' from records. To draw it again, in this folder: gnuplot memory.gp
reset
figure = 'memory'
subtitle = 'stream, messages of 4,096 bytes, 10 s measured; one run a point'
machine = 'Wine 8.0 on Linux 6.18.44-fc-v669; AMD EPYC, 2 logical processors, 23.54 GiB memory'
warning = 'measured under Wine 8.0: these compare models with each other there and are not Windows figures'
hollow = ''
note = "Points of one number of connections are set apart sideways, so that none hides another."
note_lines = 1
wine = 1
intervals = 0
png = 1
svg = 1
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
set xtics ('7,000' 7000, '12,000' 12000)
set xrange [5346.34:15711.7]

# What all figures share. Colours: Okabe and Ito, told apart by the
# colour-blind, but grey for their yellow, which white paper swallows; each
# line has its own point and dash besides.
set encoding utf8
set linetype 1 lc rgb '#000000' dt 1 pt 7 lw 2
set linetype 2 lc rgb '#E69F00' dt (14,4) pt 5 lw 2
set linetype 3 lc rgb '#56B4E9' dt 1 pt 9 lw 2
set linetype 4 lc rgb '#009E73' dt (14,4,3,4) pt 11 lw 2
set linetype 5 lc rgb '#8C8C8C' dt (6,4) pt 13 lw 2
set linetype 6 lc rgb '#0072B2' dt (3,3) pt 15 lw 2
set linetype 7 lc rgb '#D55E00' dt (14,3,3,3,3,3) pt 2 lw 2
set linetype 8 lc rgb '#CC79A7' dt 1 pt 3 lw 2
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics lt 1 lc rgb '#DDDDDD' lw 1
set datafile missing 'NaN'
set logscale x
set xlabel 'connections'
set key outside right center vertical Left reverse noenhanced \
    samplen 5 spacing 1.5 width 1
set bars 0.6
set pointsize 1
set tmargin 7.6
set bmargin 3.2 + 1.3 * note_lines
set lmargin 11
# Columns of the data: series connections x value low high runs valid
shown(s, v) = column(1) == s && column(8) == v ? column(4) : NaN

# The server's working set at the end of the window.
figure_title = 'Memory: working set of the server under load'
set ylabel 'MiB (log scale)'
set logscale y

set label 1 figure_title at screen 0.015, screen 0.955 \
    font ',16' textcolor rgb '#000000' noenhanced
set label 2 subtitle at screen 0.015, screen 0.905 \
    font ',10' textcolor rgb '#444444' noenhanced
set label 3 machine at screen 0.015, screen 0.868 \
    font ',10' textcolor rgb '#444444' noenhanced
set label 4 warning at screen 0.015, screen 0.831 \
    font ',10' textcolor rgb '#B03A00' noenhanced
set label 5 note at screen 0.015, screen 0.008 + 0.031 * (note_lines - 1) \
    offset 0, 0.5 font ',9' textcolor rgb '#444444' noenhanced

if (png) {
    if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
        set terminal pngcairo size 900, 600 font 'sans,11' background '#FFFFFF'
    } else {
        set terminal png size 900, 600 background '#FFFFFF'
    }
    set output figure.'.png'
} else {
    set pointsize 0.7
    set terminal svg size 900, 600 dynamic font 'sans-serif,13' \
        background '#FFFFFF'
    set output figure.'.svg'
}
# Only the lines that have runs that are not valid, if any has.
hollows = strlen(hollow) > 0 ? series : 0
if (intervals) {
    plot for [s = 1:series] figure.'.dat' \
        using 3:(shown(s, 1)):5:6 with yerrorlines \
        lt styles[s] title labels[s], \
        for [s = 1:hollows] figure.'.dat' using 3:(shown(s, 0)) \
        with points lt styles[s] pt 6 ps 1.8 notitle, \
        NaN with points lc rgb '#444444' pt 6 ps 1.8 title hollow
} else {
    plot for [s = 1:series] figure.'.dat' \
        using 3:(shown(s, 1)) with linespoints \
        lt styles[s] title labels[s], \
        for [s = 1:hollows] figure.'.dat' using 3:(shown(s, 0)) \
        with points lt styles[s] pt 6 ps 1.8 notitle, \
        NaN with points lc rgb '#444444' pt 6 ps 1.8 title hollow
}
if (png && svg) {
    set pointsize 0.7
    set terminal svg size 900, 600 dynamic font 'sans-serif,13' \
        background '#FFFFFF'
    set output figure.'.svg'
    replot
}
set output
