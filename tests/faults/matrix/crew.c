#include "crew.h"

#include <stdlib.h>
#include "common/clock.h"
#include "common/die.h"
#include "common/process.h"

enum { CREW_LIMIT_S = 60 /* a case is over in half of that */ };

struct crew {
    const struct crew_work *work;
    struct process *worker[CREW_MOST];
    size_t id[CREW_MOST]; /* of the case it is at */
    bool busy[CREW_MOST];
    size_t jobs;
};

static bool crew_give(struct crew *crew, size_t i)
{
    cJSON *asked = crew->work->next(crew->work->arg, &crew->id[i]);
    crew->busy[i] = asked != NULL;
    if (asked == NULL)
        return true;
    char *line = cJSON_PrintUnformatted(asked);
    cJSON_Delete(asked);
    bool written = line != NULL && process_write(crew->worker[i], line);
    free(line);
    return written;
}

static bool crew_start(struct crew *crew, const struct words *words)
{
    char why[512];
    for (size_t i = 0; i < crew->jobs; i++) {
        crew->worker[i] = process_start(words->word, why, sizeof why);
        if (crew->worker[i] == NULL) {
            complain("%s", why);
            return false;
        }
        if (!crew_give(crew, i))
            return false;
    }
    return true;
}

static size_t crew_whose(const struct crew *crew, const struct process *worker)
{
    size_t i = 0;
    while (i + 1 < crew->jobs && crew->worker[i] != worker)
        i++;
    return i;
}

static bool crew_busy(const struct crew *crew)
{
    for (size_t i = 0; i < crew->jobs; i++)
        if (crew->busy[i])
            return true;
    return false;
}

/* The facts came; a case that was finished may bring others, for all. */
static bool crew_take(struct crew *crew, size_t i, const char *line)
{
    cJSON *facts = cJSON_Parse(line);
    if (facts == NULL)
        return false;
    crew->busy[i] = false;
    crew->work->done(crew->work->arg, crew->id[i], facts);
    cJSON_Delete(facts);
    for (size_t j = 0; j < crew->jobs; j++)
        if (!crew->busy[j] && !crew_give(crew, j))
            return false;
    return true;
}

static bool crew_work(struct crew *crew)
{
    struct process_event event;
    char how[128];
    while (crew_busy(crew)) {
        int64_t deadline = clock_ns() + CREW_LIMIT_S * INT64_C(1000000000);
        switch (process_wait(crew->worker, crew->jobs, deadline, &event)) {
        case PROCESS_LINE:
            if (crew_take(crew, crew_whose(crew, event.process), event.line))
                continue;
            complain("a worker wrote what is no JSON: %.200s", event.line);
            return false;
        case PROCESS_ENDED:
            complain("a worker ended: %s",
                     process_exit_show(event.process, how, sizeof how));
            return false;
        case PROCESS_TIMED_OUT:
            complain("no worker answered for %d s", CREW_LIMIT_S);
            return false;
        case PROCESS_INTERRUPTED:
        default:
            complain("interrupted");
            return false;
        }
    }
    return true;
}

bool crew_run(const struct words *words, size_t jobs,
              const struct crew_work *work)
{
    struct crew crew = {.work = work,
                        .jobs = jobs < CREW_MOST ? jobs : CREW_MOST};
    bool good = crew_start(&crew, words) && crew_work(&crew);
    for (size_t i = 0; i < crew.jobs; i++)
        process_free(crew.worker[i]);
    return good;
}
