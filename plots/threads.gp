# The most threads that the server had in any sample.
figure_title = 'Threads of the server, at most'
set ylabel 'threads'.log_scale
