/* What a load is told: words on its standard input, and signals. One a
 * process. */
#ifndef IOMODELS_INPUT_H
#define IOMODELS_INPUT_H

#include <stdbool.h>

#include "common/sync.h"

enum input_word {
    INPUT_GO,    /* begin connecting */
    INPUT_START, /* begin traffic */
    INPUT_DRAIN, /* end it: what was awaited at the window's end is there */
    INPUT_STOP,  /* end now; also when the input closed or a signal came */
    INPUT_WORDS
};

/* From here on an interrupt only counts as `stop`. */
void input_catch(void);

/* Reads words in a thread of its own, and sets the event at each. False when
 * the thread cannot start. */
bool input_listen(struct sync_event *changed);

bool input_said(enum input_word word);

#endif
