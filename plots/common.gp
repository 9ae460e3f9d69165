# What the charts share. The picture is `width` by `height` pixels.
set encoding utf8
set border 3 lc rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics lt 1 lc rgb '#DDDDDD' lw 1
set datafile missing 'NaN'
down(pixels) = 1 - pixels / real(height)
right_of(pixels) = pixels / real(width)
pages = (png ? 'png ' : '').(svg ? 'svg ' : '')
# Letters are 12 pixels and more: a point of PNG's is 4/3 of SVG's.
sized(size) = sprintf(',%g', page eq 'png' ? 0.75 * size : size)
terminal(page) = page eq 'svg' ? "svg font 'sans-serif,13' dynamic" : \
    strstrt(GPVAL_TERMINALS, 'pngcairo') ? "pngcairo font 'sans,10' dl 1.6" : \
    'png'
# Opens the picture and sets its title, subtitles and notes; for eval.
text_at(number, name, y, size, colour) = sprintf("; set label %d %s \
    at screen 0.015, screen down(%g) font '%s' textcolor rgb '%s' \
    noenhanced", number, name, y, sized(size), colour)
begin(page) = 'set terminal '.terminal(page).sprintf(' size %d, %d', width, \
    height)." background '#FFFFFF'; set output '".figure.'.'.page."'". \
    text_at(1, 'title', 26, 20, '#000000'). \
    text_at(2, 'subtitle', 55, 13, '#444444'). \
    text_at(3, 'machine', 76, 13, '#444444'). \
    text_at(4, 'warning', 97, 13, '#B03A00'). \
    text_at(5, 'note', note_at, 12, '#444444')
