# Processor time a round trip costs the server: lower is better.
figure_title = wine ? 'CPU per round trip: server and wineserver' \
                    : 'CPU per round trip: server'
set ylabel 'microseconds of processor time'.log_scale
