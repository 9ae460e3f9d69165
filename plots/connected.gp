# Which part of the attempts got their first echo.
figure_title = 'Connected, of the connections attempted'
set ylabel 'percent of the attempts'
set yrange [0:105]
