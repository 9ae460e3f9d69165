# Here beside the book, row by row as in its table: a panel for each figure.
# Columns of the data: place, skipped, label, then for each panel: here, low,
# high, state (-1: unknown; 0: not valid, drawn hollow; 1: valid; 2: disturbed,
# drawn pale), in the book, low, high, corroborated. A bar of no height says "0", or "0?"
# where the book's figure is not corroborated.
data = figure.'.dat'
stats data using 1 name 'place' nooutput
stats data using (strlen(strcol(3))) name 'letters' nooutput
first(panel) = 4 + 8 * (panel - 1)
hollow = 0
pale = 0
do for [panel = 1:4] {
    at = first(panel)
    stats data using (column(at + 3) == 0) name 'invalid' nooutput
    hollow = int(invalid_sum) > hollow ? int(invalid_sum) : hollow
    stats data using (column(at + 3) == 2) name 'disturbed' nooutput
    pale = int(disturbed_sum) > pale ? int(disturbed_sum) : pale
}
note = 'Figures of the book that are hatched or have a question mark are not '. \
    "corroborated; the table has the marks.\n". \
    'Whiskers: here the interval, of several runs; of the book''s CPU its '. \
    "range, with the middle as the bar.\n". \
    (hollow == 0 ? '' : sprintf('Not valid (%d): hollow, what was '. \
        "reached; the table says why.\n", hollow)). \
    (pale == 0 ? '' : sprintf('Disturbed (%d): pale; the table '. \
        "names the cause.\n", pale)). \
    (quick ? "A quick run: tiers are a tenth of the book's." : '')
set boxwidth 0.38 absolute
set style fill solid 0.9 border lc rgb '#333333'
set xrange [0:place_max + 1]
here = '#0072B2'
book = '#E69F00'
dark = '#8A5A00' # the book's, as letters and hatching
only(value, wanted, flag) = flag == wanted ? value : NaN
wide(range) = range > 0 ? range : NaN

# Pixels. The rows' labels, which slant, are as high as the longest needs.
width = 900
top = 152
tall = 190
apart = 22
foot = top + 4 * tall + 3 * apart
note_at = foot + 20 + 5.7 * letters_max
height = note_at + 84
set lmargin at screen 96.0 / width
set rmargin at screen 885.0 / width
set key at screen 84.0 / width, screen 1 - 120.0 / height left top \
    Left reverse vertical maxrows 1 samplen 2 width -4 noenhanced

# The first one has points whatever is known.
draw = 'plot \
    data using 1:(0) with points pt -1 notitle, \
    data using ($1 - 0.2):(only(column(ours), 1, column(ours + 3))) \
        with boxes lc rgb here dt 1 title "here", \
    data using ($1 - 0.2):(only(column(ours), 0, column(ours + 3))) \
        with boxes fs empty border lc rgb here lc rgb here lw 1.5 dt 1 \
        title "not valid", \
    data using ($1 - 0.2):(only(column(ours), 2, column(ours + 3))) \
        with boxes fs solid 0.35 border lc rgb here lc rgb here dt 1 \
        title "disturbed", \
    data using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 3))) \
        with boxes lc rgb book dt 1 title "book", \
    data using ($1 + 0.2):(only(column(theirs), 0, column(theirs + 3))) \
        with boxes lc rgb dark dt 1 fs pattern 4 title "not corroborated", \
    data using ($1 - 0.2):(column(ours + 1)):(0): \
            (wide(column(ours + 2) - column(ours + 1))) \
        with vectors heads size screen 0.004, 90 lw 1.5 lc rgb "#000000" dt 1 \
        notitle, \
    data using ($1 + 0.2):(column(theirs + 1)):(0): \
            (wide(column(theirs + 2) - column(theirs + 1))) \
        with vectors heads size screen 0.004, 90 lw 1.5 lc rgb "#000000" dt 1 \
        notitle, \
    data using ($1 - 0.3):($2 == 1 ? 0 : NaN):("skipped") \
        with labels rotate by 90 left offset 0, 0.4 font note_font \
        textcolor rgb "#B03A00" notitle, \
    data using ($1 - 0.2):(column(ours) == 0 ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb here notitle, \
    data using ($1 + 0.2):(only(column(theirs), 1, column(theirs + 3)) == 0 \
            ? 0 : NaN):("0") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark notitle, \
    data using ($1 + 0.31):(only(column(theirs), 0, column(theirs + 3)) == 0 \
            ? 0 : NaN):("0?") \
        with labels offset 0, 0.5 font note_font textcolor rgb dark notitle'

do for [page in pages] {
    eval begin(page)
    note_font = sized(12)
    key_font = sized(13)
    set key on font key_font
    set multiplot
    do for [panel = 1:4] {
        under = top + (panel - 1) * (tall + apart)
        set tmargin at screen 1 - under / real(height)
        set bmargin at screen 1 - (under + tall) / real(height)
        unset xtics
        if (panel == 4) {
            set xtics rotate by 55 right noenhanced scale 0 font note_font
        }
        set ylabel panels[panel] noenhanced
        set yrange [*<0:0<*] # memory may have shrunk
        if (panel == 1) {
            set yrange [0:105]
        }
        ours = first(panel)
        theirs = ours + 4
        if (panel == 4) {
            @draw, data using 1:(0):xticlabels(3) with points pt -1 notitle
        } else {
            @draw
        }
        unset label
        set key off
    }
    unset multiplot
}
set output
