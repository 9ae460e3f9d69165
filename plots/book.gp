# Here beside the book, row by row as in its table. Columns of the data:
# place, share connected here, in the book, corroborated, MB/s sent here, in
# the book, corroborated, skipped, state (0: not valid, drawn hollow; 1: valid;
# 2: disturbed, drawn pale), label. A bar of no height says "0", or "0?" where
# the book's figure is not corroborated.
data = figure.'.dat'
stats data using 1 name 'place' nooutput
stats data using (strlen(strcol(10))) name 'letters' nooutput
stats data using ($8 == 0 && $9 == 0) name 'invalid' nooutput
stats data using ($9 == 2) name 'disturbed' nooutput
note = 'Figures of the book that are hatched or have a question mark are not '. \
    "corroborated; the table has the marks.\n". \
    (invalid_sum == 0 ? '' : sprintf('Not valid (%d): hollow, what was '. \
        "reached; the table says why.\n", invalid_sum)). \
    (disturbed_sum == 0 ? '' : sprintf('Disturbed (%d): pale; the table '. \
        "names the cause.\n", disturbed_sum)). \
    (quick ? "A quick run: tiers are a tenth of the book's." : '')
set boxwidth 0.38 absolute
set style fill solid 0.9 border lc rgb '#333333'
set xrange [0:place_max + 1]
here = '#0072B2'
book = '#E69F00'
dark = '#8A5A00' # the book's, as letters and hatching
only(value, wanted, flag) = flag == wanted ? value : NaN

# Pixels. The rows' labels, which slant, are as high as the longest needs.
width = 900
note_at = 710 + 5.7 * letters_max
height = note_at + 67
set lmargin at screen 84.0 / width
set rmargin at screen 885.0 / width
set key at screen 72.0 / width, screen 1 - 120.0 / height left top \
    Left reverse vertical maxrows 1 samplen 2 width -4 noenhanced

draw = 'plot \
    data using ($1 - 0.2):(only(column(ours), 1, $9)) \
        with boxes lc rgb here dt 1 title "here", \
    data using ($1 - 0.2):(only(column(ours), 0, $9)) \
        with boxes fs empty border lc rgb here lc rgb here lw 1.5 dt 1 \
        title "not valid", \
    data using ($1 - 0.2):(only(column(ours), 2, $9)) \
        with boxes fs solid 0.35 border lc rgb here lc rgb here dt 1 \
        title "disturbed", \
    data using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1))) \
        with boxes lc rgb book dt 1 title "book", \
    data using ($1 + 0.2):(only(column(theirs), 0, column(theirs + 1))) \
        with boxes lc rgb dark dt 1 fs pattern 4 title "not corroborated", \
    data using ($1 - 0.2):($8 == 1 ? 0 : NaN):("skipped") \
        with labels rotate by 90 left offset 0, 0.4 font note_font \
        textcolor rgb "#B03A00" notitle, \
    data using ($1 - 0.2):(column(ours) == 0 ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb here notitle, \
    data using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark notitle, \
    data using ($1 + 0.31):(only(column(theirs), 0, column(theirs + 1)) == 0 \
            ? 0 : NaN):("0?") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark notitle'

do for [page in pages] {
    eval begin(page)
    note_font = sized(12)
    key_font = sized(13)
    set key font key_font
    set multiplot
    set tmargin at screen 1 - 152.0 / height
    set bmargin at screen 1 - 420.0 / height
    unset xtics
    set ylabel 'connected, % of the attempts'
    set yrange [0:105]
    ours = 2
    theirs = 3
    @draw
    unset label
    set key off
    set tmargin at screen 1 - 445.0 / height
    set bmargin at screen 1 - 690.0 / height
    set xtics rotate by 55 right noenhanced scale 0 font note_font
    set ylabel 'sent by the server, MB/s (10^6)' noenhanced
    set yrange [0:*]
    ours = 5
    theirs = 6
    @draw, data using 1:(0):xticlabels(10) with points pt -1 notitle
    unset multiplot
    set key on
}
set output
