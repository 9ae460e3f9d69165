# The system's non-paged pool, the client's sockets in it on one machine.
figure_title = 'Non-paged pool of the system: change from its baseline'
set ylabel 'MiB'
