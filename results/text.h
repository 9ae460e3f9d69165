/* Moved: include common/text.h. */
#include "common/text.h"
