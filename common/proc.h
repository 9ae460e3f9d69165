/* Files of the Linux kernel below Wine, read again and again. */
#ifndef IOMODELS_PROC_H
#define IOMODELS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/win.h"

struct proc_cpu {
    uint64_t user_us, kernel_us;
};

/* Processor time of Wine's server process. False where it cannot be told. */
bool proc_wineserver(struct proc_cpu *cpu);

/* The kernel's memory for TCP, in bytes. */
bool proc_tcp_memory(uint64_t *bytes);

/* The local ports that connections are given, first and count. */
bool proc_ports(uint32_t *first, uint32_t *count);

/* How many descriptors Wine's server may have; as a rule its clients too. */
bool proc_open_files(uint64_t *files);

#endif
