# Columns of the data: x and y in pixels from the top left, verdict.
data = figure.'.dat'
subtitle = 'a mark for each part of a claim'
width = 1000
height = lines_top + 22 * lines + 40
note_at = height - 14
note = ''
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 1
set bmargin at screen 0
unset border
unset tics
unset grid
set xrange [0:width]
set yrange [height:0]
array words[4] = ['confirmed', 'refuted', 'undecided', 'not measurable here']
array colours[4] = ['#0060B0', '#C04A00', '#686A5B', '#9A9A9A']
array shapes[4] = [7, 5, 13, 6]
set key at screen 0.985, screen 16.0 / height right bottom horizontal \
    maxrows 1 samplen 1
is(v) = column(3) == v ? column(2) : NaN
do for [page in pages] {
    eval begin(page)
    key_font = sized(13)
    set key font key_font
    mark = page eq 'svg' ? 0.8 : 1.2
    plot for [v = 1:4] data using 1:(is(v)) with points pt shapes[v] ps mark \
            lc rgb colours[v] title words[v]
}
set output
