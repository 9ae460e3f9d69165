# What Linux holds for TCP below Wine, both ends of each connection in it.
figure_title = 'TCP memory of the Linux kernel: change from its baseline'
set ylabel 'MiB'
