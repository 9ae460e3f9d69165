/* The models that this server was built with. */
#ifndef IOMODELS_REGISTRY_H
#define IOMODELS_REGISTRY_H

#include "model.h"

/* In the order of models/meson.build, NULL at the end. */
extern const struct io_model *const registry_models[];

/* NULL after an error line with the nearest name and all there are. */
const struct io_model *registry_find(const char *name);

/* To standard output, as a table or as one line of JSON. */
void registry_print(bool json);

/* "blocking, nonblocking, ..." into text[size]; returns it. */
char *registry_names(char *text, size_t size);

#endif
