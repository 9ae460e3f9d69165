/* One case: a server with faults, its guests, its end. Facts only; what they
 * mean is verdict.h's. */
#ifndef IOMODELS_FAULTS_ATTEMPT_H
#define IOMODELS_FAULTS_ATTEMPT_H

#include <cJSON.h>
#include "common/words.h"

/* `asked`: {"model", "faults": [text...], "forget": bool, "seed"}; `server`
 * are the words that start iomodels-server-faults. The facts, the caller's to
 * delete:
 *
 * {"listened": bool, "fired": [site...], "exit": 0|2|70|-1, "ended": text,
 *  "late": text (where it hung; absent if nowhere), "served", "lost", "stuck",
 *  "wrong", "left" (guests not at an end after the stop), "final": {}|null,
 *  "faults": {}|null, "error": {}|null, "said": text, "ms"} */
cJSON *attempt_make(const struct words *server, const cJSON *asked);

/* The worker process: a line with a case in, a line with its facts out. */
int attempt_serve(const struct words *server);

#endif
