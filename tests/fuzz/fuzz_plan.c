/* What lies beside the records, read back: plan.json with its options, and
 * refused.json. The input is written under both names. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "cli/options.h"
#include "results/skipped.h"

static char folder[] = "/tmp/iomodels-fuzz-XXXXXX";

static void fuzz_leave(void)
{
    plan_file_delete(folder);
    skipped_delete(folder);
    rmdir(folder);
}

static void fuzz_write(const char *name, const uint8_t *data, size_t size)
{
    char *path = file_join(folder, name);
    FILE *file = fopen(path, "wb");

    fuzz_require(file != NULL && fwrite(data, 1, size, file) == size &&
                     fclose(file) == 0,
                 "the file is written");
    free(path);
}

static void fuzz_plan(void)
{
    static struct options options;
    char compare[] = "compare", resume[] = "--resume",
         *argv[] = {compare, resume, folder, NULL};

    options_parse(&options, 3, argv);
    fuzz_require(memchr(options.id, '\0', sizeof options.id) != NULL,
                 "the id ends");
    cJSON_Delete(options.plan);
}

static void fuzz_refused(void)
{
    cJSON *refused = NULL;
    const cJSON *refusal;

    if (!skipped_read(folder, &refused))
        return;
    cJSON_ArrayForEach (refusal, refused)
        free(skipped_show(refusal));
    skipped_covers(refused, "iocp", 1000);
    cJSON_Delete(refused);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;

    if (!made) {
        fuzz_require(mkdtemp(folder) != NULL, "mkdtemp");
        atexit(fuzz_leave);
    }
    made = true;
    fuzz_write("plan.json", data, size);
    fuzz_write("refused.json", data, size);
    fuzz_plan();
    fuzz_refused();
    return 0;
}
