/*
 * Configurations from files and text, and what was registered with them.
 */
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minos/plugin.h>

#include "base/alloc.h"

/* Read a whole file of at most `size` - 1 bytes; more is left for the parser to refuse. */
static minos_rc read_file(const char *path, char *text, size_t size, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    size_t count;
    int os;

    if (file == NULL)
        return minos_fail_os(MINOS_EIO, errno, "cannot open %s: %s", path, strerror(errno));
    errno = 0;
    count = fread(text, 1, size, file);
    os = errno;
    if (ferror(file)) {
        fclose(file);
        return minos_fail_os(MINOS_EIO, os, "cannot read %s: %s", path, strerror(os));
    }
    fclose(file);
    *ret_size = count;
    return MINOS_OK;
}

minos_rc minos_config_new(const char *path, const minos_override *overrides,
                          minos_config **ret_config)
{
    size_t size = 0;
    char *text;
    minos_rc rc;

    if (path == NULL)
        return mn_config_build(MINOS_VIEW(""), NULL, "defaults", overrides, environ, ret_config);
    text = mn_alloc(MN_YAML_BYTES_MAX + 1);
    rc = read_file(path, text, MN_YAML_BYTES_MAX + 1, &size);
    if (rc == MINOS_OK)
        rc = mn_config_build(minos_view_make(text, size), path, path, overrides, environ,
                             ret_config);
    free(text);
    return rc;
}

minos_rc minos_config_parse(minos_view text, const char *name, const minos_override *overrides,
                            minos_config **ret_config)
{
    return mn_config_build(text, NULL, name == NULL ? "config" : name, overrides, environ,
                           ret_config);
}

void minos_config_free(minos_config *config)
{
    if (config == NULL)
        return;
    minos_arena_free(config->arena);
    free(config->registered);
    free(config);
}

minos_rc minos_config_register(minos_config *config, const minos_plugin *plugin)
{
    if (plugin == NULL)
        return minos_fail(MINOS_EINVAL, "plugin is NULL");
    if (plugin->abi != MINOS_ABI || plugin->plugin_bytes < sizeof *plugin)
        return minos_fail(MINOS_EINVAL,
                          "plugin is compiled against interface %u of minos, this is %u",
                          (unsigned)plugin->abi, MINOS_ABI);
    config->registered = mn_realloc(config->registered,
                                    (config->registered_count + 1) * sizeof(*config->registered));
    config->registered[config->registered_count++] = plugin;
    return MINOS_OK;
}

const minos_plugin *minos_config_registered(const minos_config *config, size_t index)
{
    return index < config->registered_count ? config->registered[index] : NULL;
}

mn_origin mn_config_origin(const minos_config *config, const char *key)
{
    for (size_t i = 0; i < config->entry_count; i++)
        if (strcmp(config->entries[i].key, key) == 0)
            return config->entries[i].origin;
    return (mn_origin){.kind = MN_ORIGIN_DEFAULT};
}
