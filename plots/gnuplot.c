#include "plots/gnuplot.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fs.h"
#include "common/process.h"
#include "common/words.h"

enum { GNUPLOT_LIMIT_S = 120 };

char *gnuplot_find(const char *requested)
{
    char *path = process_find(requested != NULL ? requested : "gnuplot");
    char *full = path != NULL ? fs_full(path) : NULL;

    free(path);
#ifdef _WIN32
    /* Its installer leaves PATH alone unless told otherwise. */
    const char *programs = getenv("ProgramFiles");

    if (full == NULL && requested == NULL && programs != NULL) {
        full = fs_join(programs, "gnuplot/bin/gnuplot.exe");
        if (!fs_is_file(full)) {
            free(full);
            full = NULL;
        }
    }
#endif
    return full;
}

bool gnuplot_run(const char *program, const char *folder, const char *scripts,
                 struct text *output, char *how, size_t size)
{
    int64_t deadline = clock_ns() + GNUPLOT_LIMIT_S * INT64_C(1000000000);
    struct words argv = {0};
    struct process *gnuplot;
    struct process_event event;
    enum process_news news;
    bool good = false;

    words_add(&argv, program);
    words_split(&argv, scripts);
    gnuplot = process_start_captured(argv.word, folder, how, size);
    words_free(&argv);
    if (gnuplot == NULL)
        return false;
    process_close_input(gnuplot);
    while ((news = process_wait(&gnuplot, 1, deadline, &event)) == PROCESS_LINE)
        if (event.line[0] != '\0')
            text_add(output, "%s%s", output->length > 0 ? " " : "", event.line);
    if (news == PROCESS_INTERRUPTED) {
        snprintf(how, size, "interrupted");
    } else if (process_wait_exit(gnuplot, deadline)) {
        good = process_exited_with(gnuplot, 0);
        process_exit_show(gnuplot, how, size);
    } else {
        snprintf(how, size, "stopped after %d s", GNUPLOT_LIMIT_S);
    }
    process_free(gnuplot);
    return good;
}
