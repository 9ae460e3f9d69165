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
