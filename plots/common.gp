# What all figures share. Colours: black on white or better than 3 to 1, and
# far apart for the colour-blind, too; each line has its own dash and marker
# besides. Past eight the colours come again with other markers, and past 64
# everything does.
set encoding utf8
colours = '#000000 #FF4B8F #3A92FF #009A00 #7E0C00 #686A5B #602C54 #0024FF'
markers = '7 4 9 10 13 6 2 5'
array dashes[8]
dashes[1] = '1'
dashes[2] = '(16,4)'
dashes[3] = '(8,4)'
dashes[4] = '(16,4,3,4)'
dashes[5] = '(4,4)'
dashes[6] = '(16,4,3,4,3,4)'
dashes[7] = '(24,10)'
dashes[8] = '(8,4,2,4)'
do for [s = 0:63] {
    eval sprintf("set linetype %d lc rgb '%s' dt %s pt %s lw 1.8", s + 1, \
        word(colours, s % 8 + 1), dashes[s % 8 + 1], \
        word(markers, (s + 3 * (s / 8)) % 8 + 1))
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
