/*
 * Service modules: shared objects with a plugin descriptor, named by the config's `modules:`.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <minos/log.h>

#include "runtime/app.h"

#define PATH_BYTES_MAX 4096

static minos_rc check_descriptor(const minos_plugin *plugin, const char *path)
{
    if (plugin->abi != MINOS_ABI)
        return minos_fail(
            MINOS_ECONFIG,
            "modules: %s was built for binary interface %u, this is %u: build it again", path,
            plugin->abi, MINOS_ABI);
    if (plugin->plugin_bytes != sizeof(minos_plugin))
        return minos_fail(MINOS_ECONFIG,
                          "modules: %s has a descriptor of %u bytes instead of %zu: build it again",
                          path, plugin->plugin_bytes, sizeof(minos_plugin));
    if (plugin->name == NULL)
        return minos_fail(MINOS_ECONFIG, "modules: %s has a descriptor without a name", path);
    return MINOS_OK;
}

/* The loader searches its own folders for a name without a slash; a module is a file. */
static minos_rc load(minos_config *config, const char *name)
{
    char path[PATH_BYTES_MAX];
    const minos_plugin *plugin;
    void *module;

    if (snprintf(path, sizeof path, "%s%s", strchr(name, '/') == NULL ? "./" : "", name) >=
        (int)sizeof path)
        return minos_fail(MINOS_ECONFIG, "modules: the path of %s is too long", name);
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL); /* kept: handlers live in it until the end */
    if (module == NULL)
        return minos_fail(MINOS_ECONFIG, "modules: %s cannot be loaded: %s", path, dlerror());
    plugin = dlsym(module, MINOS_PLUGIN_SYMBOL);
    if (plugin == NULL)
        return minos_fail(MINOS_ECONFIG,
                          "modules: %s exports no " MINOS_PLUGIN_SYMBOL ": is it a service module?",
                          path);
    MINOS_TRY(check_descriptor(plugin, path));
    return minos_config_register(config, plugin);
}

minos_rc mn_modules_load(minos_config *config)
{
    const minos_value *modules = minos_config_value(config, "modules");

    for (size_t i = 0; i < minos_value_count(modules); i++) {
        const char *name;
        MINOS_TRY(minos_value_str(minos_value_at(modules, i), NULL, &name));
        MINOS_TRY(load(config, name));
    }
    return MINOS_OK;
}
