# Colours: black on white or better than 3 to 1, and far apart for the
# colour-blind, too; each line has its own dash and marker besides. Past eight
# the colours come again with other markers, and past 64 everything does.
colours = '#000000 #FF4B8F #3A92FF #009A00 #7E0C00 #686A5B #602C54 #0024FF'
markers = '7 4 9 10 13 6 12 5'
array dashes[8] = ['1', '(16,4)', '(8,4)', '(16,4,3,4)', '(4,4)', \
    '(16,4,3,4,3,4)', '(24,10)', '(8,4,2,4)']
do for [s = 1:64] {
    colour = (s - 1) % 8 + 1
    shape = (s - 1 + 3 * ((s - 1) / 8)) % 8 + 1
    eval sprintf("set linetype %d lc rgb '%s' dt %s pt %s lw 1.8", s, \
        word(colours, colour), dashes[colour], word(markers, shape))
}
