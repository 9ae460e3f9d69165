# Round trips a second against connections: higher is better.
figure_title = 'Throughput: round trips per second'
set ylabel 'round trips/s'
set yrange [0:*]
