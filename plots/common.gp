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
