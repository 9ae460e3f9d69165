# Half of the echoes came back within this time.
figure_title = 'Latency of an echo: median (p50)'
set ylabel 'milliseconds'.log_scale
