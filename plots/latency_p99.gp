# 99 of 100 echoes came back within this time.
figure_title = 'Latency of an echo: 99th percentile (p99)'
set ylabel 'milliseconds'.log_scale
