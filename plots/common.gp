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
