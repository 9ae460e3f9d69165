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
