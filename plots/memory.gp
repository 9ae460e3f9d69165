# The server's working set at the end of the window.
figure_title = 'Memory: working set of the server under load'
set ylabel 'MiB'.log_scale
