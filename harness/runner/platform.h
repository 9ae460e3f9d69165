/* What the runner asks of the system besides files and children. */
#ifndef IOMODELS_PLATFORM_H
#define IOMODELS_PLATFORM_H

/* The arguments as UTF-8: on Windows made anew from the wide command line,
 * elsewhere left alone. Never freed. */
void platform_arguments(int *argc, char ***argv);

/* First in main(): prepares what children inherit. Wine is silent unless
 * WINEDEBUG is set; GNUTERM, of an interactive gnuplot, is unset; without a
 * UTF-8 locale (cron, ssh), LC_ALL is C.UTF-8, since Wine decodes file names by
 * it; a closed standard stream is opened so that no file takes its place. */
void platform_environment(void);

#endif
