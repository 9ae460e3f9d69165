#include "cli/output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cJSON.h>

#include "common/errors.h"
#include "common/file.h"

/* What only a run, or the start of a comparison, can make again. */
static bool output_is_kept(const char *path)
{
    static const char *const kept[] = {"iomodels/run", "iomodels/plan",
                                       "iomodels/refused", NULL};
    char *data;
    size_t size;
    bool is = false;
    if (!file_is_file(path) || file_read(path, &data, &size) != 0)
        return false;
    cJSON *value = cJSON_Parse(data);
    const char *schema =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "schema"));
    for (size_t i = 0; schema != NULL && kept[i] != NULL; i++)
        is = is || strcmp(schema, kept[i]) == 0;
    cJSON_Delete(value);
    free(data);
    return is;
}

bool output_may(const char *option, const char *path)
{
    if (file_is_folder(path))
        complain("%s: %s is a folder; name a file in it", option, path);
    else if (output_is_kept(path))
        complain("%s: %s is a record or a plan, which nothing overwrites; name "
                 "another file",
                 option, path);
    else
        return true;
    return false;
}

/* "a" of "a/b.html"; none of "b.html". */
static uint32_t output_make_folders(const char *path)
{
    size_t length = strlen(path);
    while (length > 0 && strchr("/\\", path[length - 1]) == NULL)
        length--;
    if (length == 0)
        return 0;
    char *folder = calloc_or_die(1, length + 1);
    memcpy(folder, path, length);
    folder[length] = '\0';
    uint32_t code = file_is_folder(folder) ? 0 : file_make_folders(folder);
    free(folder);
    return code;
}

bool output_write(const char *option, const char *path, const char *text)
{
    if (!output_may(option, path))
        return false;
    uint32_t code = output_make_folders(path);
    if (code == 0)
        code = file_write_over(path, text, strlen(text));
    if (code != 0)
        file_complain("write", path, code);
    return code == 0;
}
