/* Whether a tier fits into the machine: told before anything starts, since a
 * run that breaks off at a limit of the system says nothing about a model. */
#ifndef IOMODELS_FIT_H
#define IOMODELS_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "runner/setup.h"

/* What the machine has. 0: not known, or no limit: not checked. */
struct fit_machine {
    uint64_t load_files;   /* that the load may have open */
    uint64_t server_files; /* that wineserver may: one a connection */
    uint64_t ports;        /* of one source address */
    uint64_t sources;      /* addresses that the load can connect from */
    uint64_t memory;       /* bytes to be had now */
    uint64_t backlog;      /* the most that listen() may ask for */
    bool wine;             /* the server runs under it */
};

/* Of a setup whose programs and launchers are filled in (preflight.h). What
 * runs elsewhere is not known. */
void fit_machine(const struct setup *s, struct fit_machine *machine);

/* Adds what does not fit to `refused` (results/refused.h): for a tier what no
 * model can have, else for a model what its own needs exceed. */
void fit_check(const struct fit_machine *machine, const struct setup *s,
               uint32_t connections, const char *const *models, cJSON *refused);

/* --- in fit_posix.c and fit_windows.c; leave alone what they don't know ----
 */

void fit_os_load(struct fit_machine *machine);   /* the load runs here */
void fit_os_server(struct fit_machine *machine); /* the server runs here */

/* The commands that raise a limit, into text[size]; returns text. */
char *fit_os_files(uint64_t need, char *text, size_t size);
char *fit_os_ports(char *text, size_t size);
char *fit_os_backlog(uint64_t need, char *text, size_t size);

#endif
