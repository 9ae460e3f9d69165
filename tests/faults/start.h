/* What --fault and --fault-sites ask for. */
#ifndef IOMODELS_FAULTS_START_H
#define IOMODELS_FAULTS_START_H

#include <stdbool.h>
#include <stdint.h>

enum { FAULTS_WISHES = 8, FAULTS_CODES = 12000 };

/* "[+]SITE:N:ERROR[:KIND]". With + it counts the site's calls from where all
 * that were wished for before it have happened. False: not understood. */
bool faults_wish_for(const char *text);

/* One JSON line: every site, with what can happen there. */
void faults_list(void);

#endif
